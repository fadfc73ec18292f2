package main

// A source is the Go module that carries Envoy's API as of one minor version.
type source struct {
	minor   int
	module  string
	version string
	// The API at the release as far as `version` is not it: these files come from `other`.
	other string
	files []string
}

const (
	whole = "github.com/envoyproxy/go-control-plane"
	split = "github.com/envoyproxy/go-control-plane/envoy"
)

// The Envoys of the Consul charts (src/model/chart.rs), and 1.36 to 1.40, which a real Envoy can be asked about.
//
// From 1.35 on the module `envoy` has Envoy's own version numbers. Before, go-control-plane is a mirror of Envoy's API,
// commit by commit (envoy/COMMIT names Envoy's), and the version below is the one nearest to the day of Envoy's X.Y.0
// that the module proxy and the checksum database both have. What the mirror's history says they differ in:
//   - 1.22 (2022-04-15): a comment.
//   - 1.23 (2022-07-15): nothing.
//   - 1.24 (2022-10-19): nothing that an earlier Envoy lacks.
//   - 1.26 (2023-04-18): the version is of 04-06; the files below had changed by the release and are taken from v0.11.1.
//     Of these only protocol.proto and http_connection_manager.proto changed again before v0.11.1
//     (`allow_custom_methods` is of 1.27), so 1.26 may take a field too many and never one too few.
//   - 1.28 (2023-10-19): nothing.
//   - 1.31 (2024-07-18): gcp_authn is a day younger; `lrs_report_endpoint_metrics` may have lacked its last letter.
//   - 1.34 (2025-04-15): grpc_json_reverse_transcoder is two days younger.
var sources = []source{
	{minor: 22, module: whole, version: "v0.10.2-0.20220413133113-27659a1a988e"},
	{minor: 23, module: whole, version: "v0.10.3-0.20220715065308-8bcd7ee0191a"},
	{minor: 24, module: whole, version: "v0.10.3-0.20221018195204-799a7af9e5b9"},
	{minor: 26, module: whole, version: "v0.11.1-0.20230406144219-ba92d50b6596", other: "v0.11.1", files: []string{
		"envoy/config/core/v3/grpc_service.proto",
		"envoy/config/core/v3/protocol.proto",
		"envoy/config/overload/v3/overload.proto",
		"envoy/extensions/filters/http/router/v3/router.proto",
		"envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto",
		"envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
	}},
	{minor: 28, module: whole, version: "v0.11.2-0.20231019082134-6e4589f570e1"},
	{minor: 31, module: whole, version: "v0.12.1-0.20240719165848-f888b4f71207"},
	{minor: 34, module: split, version: "v1.32.5-0.20250417060501-8a0456ee578e"},
	{minor: 35, module: split, version: "v1.35.0"},
	{minor: 36, module: split, version: "v1.36.0"},
	{minor: 37, module: split, version: "v1.37.0"},
	{minor: 38, module: split, version: "v1.38.0"},
	{minor: 39, module: split, version: "v1.39.0"},
	{minor: 40, module: split, version: "v1.40.0"},
}

// Modules whose files Envoy's import, in the versions that the module itself asks for.
var imported = []string{
	"cel.dev/expr",
	"github.com/census-instrumentation/opencensus-proto",
	"github.com/cncf/xds/go",
	"github.com/cncf/udpa/go",
	"github.com/envoyproxy/protoc-gen-validate",
	"github.com/prometheus/client_model",
	"go.opentelemetry.io/proto/otlp",
	"google.golang.org/genproto",
	"google.golang.org/genproto/googleapis/api",
	"google.golang.org/genproto/googleapis/rpc",
	"google.golang.org/protobuf",
}
