module meshtrace/tests/real/chain/tools/consul-1.12.3

go 1.18

require github.com/hashicorp/consul v1.12.3
