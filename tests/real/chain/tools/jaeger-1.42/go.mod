module meshtrace/tests/real/chain/tools/jaeger-1.42

go 1.19

require github.com/jaegertracing/jaeger v1.42.0
