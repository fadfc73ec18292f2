//go:build tools

// Package tools pins the module whose program tests/real/setup builds.
package tools

import _ "github.com/jaegertracing/jaeger/cmd/all-in-one"
