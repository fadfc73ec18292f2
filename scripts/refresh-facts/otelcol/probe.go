// Command otelcol prints which keys the components of a collector take, and which kinds of values, by asking the
// components' own configuration: each key is set to each kind of value, and the error says whether it is taken.
// refresh.py builds it for several releases, with the components of each.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"go.opentelemetry.io/collector/component"
)

// Maker is what all factories have in common, in all releases.
type Maker interface {
	Type() component.Type
	CreateDefaultConfig() component.Config
}

// Named is a factory and its kind: receiver, exporter, ...
type Named struct {
	Kind  string
	Maker Maker
}

// Key is what a component makes of one key.
type Key struct {
	Kind string `json:"kind"`
	Type string `json:"type"`
	// Path is dotted; `*` stands for any key of a map, `#` for the elements of a list; empty for the component.
	Path string `json:"path"`
	// Takes has a letter for each kind of value that is taken (see values), `?` if unknown keys below are, `n` and `z`
	// if validation refuses a negative number and zero, and `!` for a component that needs some key.
	Takes string `json:"takes"`
	// Words are the texts that it takes, where it does not take any; of a component, the keys each of which is enough
	// where it refuses to start with none.
	Words []string `json:"words,omitempty"`
	// Signals are those that the component can be in a pipeline of: `tml` (traces, metrics, logs), for a connector as
	// pairs, `t>m`.
	Signals string `json:"signals,omitempty"`
}

// values are the kinds of values, by letter.
var values = []struct {
	letter string
	value  any
}{
	{"s", "x"}, {"d", "5s"}, {"i", 1}, {"f", 1.5}, {"b", true}, {"m", map[string]any{}}, {"l", []any{}}, {"u", nil},
}

// words are texts that some key takes where it does not take `x`.
var words = []string{
	"", "gzip", "zstd", "snappy", "none", "deflate", "zlib", "lz4", "x-snappy-framed", "basic", "normal", "detailed", "tcp", "tcp4",
	"tcp6", "udp", "udp4", "udp6", "unix", "ip", "ip4", "ip6", "unixgram", "unixpacket", "npipe", "always", "never", "items", "bytes", "requests",
	"debug", "info", "warn", "error", "dpanic", "panic", "fatal", "DEBUG", "INFO", "WARN", "ERROR", "json", "proto", "otlp_proto", "otlp_json", "zipkin_proto",
	"zipkin_json", "jaeger_proto", "jaeger_json", "1.0", "1.1", "1.2", "1.3", "5s", "100MiB", "true", "false", "and", "or",
	"strict", "regexp", "propagate", "ignore", "silent", "traceID", "service", "resource", "streamID", "metric", "attributes",
	"equalizing", "proportional", "hash_seed", "cumulative", "delta", "AGGREGATION_TEMPORALITY_CUMULATIVE",
	"AGGREGATION_TEMPORALITY_DELTA", "s", "ms", "round_robin", "pick_first", "v1", "v2", "server", "client", "upsert", "insert", "update", "delete",
	"hash", "extract", "convert", "latency", "numeric_attribute", "probabilistic", "status_code", "string_attribute",
	"rate_limiting", "composite", "span_count", "trace_state", "boolean_attribute", "ottl_condition", "always_sample",
	"serviceAccount", "kubeConfig", "localhost:4317", "http://localhost:9411", "512",
}

// bases are configurations with which some component passes its validation.
var bases = []map[string]any{
	{}, {"endpoint": "localhost:4317"}, {"endpoint": "http://localhost:9411"},
	{"protocols": map[string]any{"grpc": nil}}, {"check_interval": "1s", "limit_mib": 100},
}

func main() {
	var keys []Key
	for _, named := range components() {
		keys = append(keys, (&prober{named: named}).component()...)
	}
	out := json.NewEncoder(os.Stdout)
	for _, key := range keys {
		if err := out.Encode(key); err != nil {
			panic(err)
		}
	}
}

type prober struct {
	named Named
	keys  []Key
	// base passes the validation; nil if none of bases does.
	base map[string]any
}

// component probes the keys of one component.
func (p *prober) component() []Key {
	for _, base := range bases {
		if p.refusal(base) == "" {
			p.base = base
			break
		}
	}
	p.walk(reflect.TypeOf(p.named.Maker.CreateDefaultConfig()), nil, 0)
	if p.refusal(map[string]any{}) != "" {
		p.keys[0].Takes += "!"
		for _, key := range p.keys {
			if key.Path != "" && !strings.Contains(key.Path, ".") && p.enough(key.Path) {
				p.keys[0].Words = append(p.keys[0].Words, key.Path)
			}
		}
	}
	p.keys[0].Signals = signals(reflect.ValueOf(p.named.Maker))
	return p.keys
}

// signals are what a factory has a stability for: the methods are called TracesStability, in older releases
// TracesReceiverStability and the like, and those of connectors TracesToMetricsStability.
func signals(factory reflect.Value) string {
	var found []string
	names := []string{"Traces", "Metrics", "Logs"}
	letter := func(name string) string { return strings.ToLower(name[:1]) }
	for _, from := range names {
		for _, suffix := range []string{"", "Receiver", "Processor", "Exporter"} {
			if stable(factory, from+suffix+"Stability") {
				found = append(found, letter(from))
			}
		}
		for _, to := range names {
			if stable(factory, from+"To"+to+"Stability") {
				found = append(found, letter(from)+">"+letter(to))
			}
		}
	}
	return strings.Join(found, " ")
}

func stable(factory reflect.Value, method string) bool {
	found := factory.MethodByName(method)
	return found.IsValid() && found.Type().NumIn() == 0 && found.Call(nil)[0].Int() != 0
}

// enough says whether this key alone makes a valid configuration.
func (p *prober) enough(key string) bool {
	for _, value := range []any{"localhost:4317", "http://localhost:9411", map[string]any{"grpc": nil}} {
		if p.refusal(map[string]any{key: value}) == "" {
			return true
		}
	}
	return false
}

// refusal is what the component's validation says of a configuration, or "".
func (p *prober) refusal(whole map[string]any) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	config := p.named.Maker.CreateDefaultConfig()
	if err := unmarshal(whole, config); err != nil {
		return err.Error()
	}
	if err := validate(config); err != nil {
		return err.Error()
	}
	return ""
}

// refuses says whether validation refuses a value that can be read.
func (p *prober) refuses(path []string, value any) bool {
	if p.base == nil || strings.Contains(strings.Join(path, "."), "*") || p.error(path, value) != "" {
		return false
	}
	whole := merged(p.base, nested(path, value).(map[string]any))
	return p.refusal(whole) != ""
}

// merged is base with over laid over it.
func merged(base, over map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range base {
		out[key] = value
	}
	for key, value := range over {
		below, isMap := value.(map[string]any)
		if under, both := out[key].(map[string]any); both && isMap {
			out[key] = merged(under, below)
		} else {
			out[key] = value
		}
	}
	return out
}

// nested is the value at a path.
func nested(path []string, value any) any {
	for index := len(path) - 1; index >= 0; index-- {
		switch path[index] {
		case "#":
			value = []any{value}
		case "*":
			value = map[string]any{"some": value}
		default:
			value = map[string]any{path[index]: value}
		}
	}
	return value
}

// error is what the component says of a configuration with this value at a path, or "".
func (p *prober) error(path []string, value any) (text string) {
	whole, _ := nested(path, value).(map[string]any)
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	if err := unmarshal(whole, p.named.Maker.CreateDefaultConfig()); err != nil {
		return err.Error()
	}
	return ""
}

func (p *prober) add(path []string) string {
	takes := ""
	for _, each := range values {
		if len(path) == 0 {
			break
		}
		if p.error(path, each.value) == "" {
			takes += each.letter
		}
	}
	const nobody = "zz_nobody_has_this"
	closed := p.error(append(append([]string{}, path...), nobody), 1)
	if !strings.Contains(closed, nobody) && (len(path) == 0 || strings.Contains(takes, "m")) {
		takes += "?"
	}
	if strings.Contains(takes, "i") {
		// Where one is refused too, it is something else that is missing.
		fine := !p.refuses(path, 1) && !p.refuses(path, "5s")
		if fine && (p.refuses(path, -1) || p.refuses(path, "-5s")) {
			takes += "n"
		}
		if fine && (p.refuses(path, 0) || p.refuses(path, "0s")) {
			takes += "z"
		}
	}
	key := Key{Kind: p.named.Kind, Type: fmt.Sprint(p.named.Maker.Type()), Path: strings.Join(path, "."), Takes: takes}
	if len(path) > 0 && !strings.ContainsAny(takes, "sl") {
		for _, word := range words {
			if p.error(path, word) == "" {
				key.Words = append(key.Words, word)
			}
		}
	}
	sort.Strings(key.Words)
	p.keys = append(p.keys, key)
	return takes
}

// walk adds a value of this type and what is below it.
func (p *prober) walk(of reflect.Type, path []string, depth int) {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	takes := p.add(path)
	if depth > 12 {
		return
	}
	below := func(name string) []string { return append(append([]string{}, path...), name) }
	switch of.Kind() {
	case reflect.Struct:
		if inner, found := of.FieldByName("value"); found && strings.Contains(of.Name(), "Optional[") {
			p.fields(inner.Type, path, depth)
			return
		}
		p.fields(of, path, depth)
	case reflect.Map:
		if strings.Contains(takes, "m") {
			p.walk(of.Elem(), below("*"), depth+1)
		}
	case reflect.Slice, reflect.Array:
		// A list of pairs that is also taken as a map, such as headers.
		if strings.Contains(takes, "m") {
			p.add(below("*"))
		}
		if strings.Contains(takes, "l") && of.Elem().Kind() != reflect.Uint8 {
			p.walk(of.Elem(), below("#"), depth+1)
		}
	}
}

func (p *prober) fields(of reflect.Type, path []string, depth int) {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return
	}
	for index := range of.NumField() {
		field := of.Field(index)
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if strings.Contains(options, "squash") || field.Anonymous && name == "" && strings.Contains(options, "squash") {
			p.fields(field.Type, path, depth)
			continue
		}
		if name == "-" || strings.Contains(options, "remain") || !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		next := append(append([]string{}, path...), name)
		// A field that the component does not take from a configuration, whatever its tag says.
		if text := p.error(next, nil); strings.Contains(text, "invalid keys") && strings.Contains(text, name) {
			continue
		}
		p.walk(field.Type, next, depth+1)
	}
}
