module meshtrace/tests/real/chain/tools/jaeger-1.76

go 1.24.6

require github.com/jaegertracing/jaeger v1.76.0
