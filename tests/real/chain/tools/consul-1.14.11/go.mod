module meshtrace/tests/real/chain/tools/consul-1.14.11

go 1.20

require github.com/hashicorp/consul v1.14.11
