package main

import (
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chartutil"
	kube "helm.sh/helm/v3/pkg/kube/fake"
	"helm.sh/helm/v3/pkg/storage"
	"helm.sh/helm/v3/pkg/storage/driver"
)

// Gives each key a value of each kind that it is not, with the sections on that it needs to be read, and notes the
// kinds with which `helm template` fails.
func (s *source) probe(keys []key) {
	ofKind := map[string]string{}
	for _, one := range keys {
		ofKind[one.path] = one.kind
	}
	for at := range keys {
		one := &keys[at]
		files := s.readers(one.path)
		if len(files) == 0 || strings.Contains(one.path, "[]") {
			continue
		}
		gates := s.reading.gate(one.path)
		base := map[string]any{}
		for _, gate := range sorted(gates) {
			satisfy(base, gate, ofKind)
		}
		complete(base)
		if err := s.render(files, base); err != nil {
			fmt.Fprintln(os.Stderr, s.version, one.path, "cannot be probed:", strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		// What a value of its own kind runs into has nothing to do with kinds.
		proper := ""
		if value, is := examples[one.kind]; is {
			proper = s.refusal(files, base, one.path, value)
		}
		for _, kind := range kinds {
			if kind == one.kind {
				continue
			}
			said := s.refusal(files, base, one.path, examples[kind])
			// What `fail` says is in the other table.
			if said != "" && said != proper && !strings.Contains(said, "execution error at (") {
				one.refused += kind[:1]
			}
		}
	}
}

var examples = map[string]any{
	"null": nil, "boolean": true, "integer": 7, "string": "x", "list": []any{"x"}, "map": map[string]any{"x": "y"},
}

func (s *source) refusal(files map[string]bool, base map[string]any, path string, value any) string {
	values := copyOf(base)
	set(values, path, value)
	if err := s.render(files, values); err != nil {
		return err.Error()
	}
	return ""
}

// The templates that read a path or anything below it.
func (s *source) readers(path string) map[string]bool {
	found := map[string]bool{}
	for other, files := range s.reading.files {
		if other == path || strings.HasPrefix(other, path+".") || strings.HasPrefix(other, path+"[]") || strings.HasPrefix(path, other+".") {
			for file := range files {
				found[file] = true
			}
		}
	}
	return found
}

// Makes a condition true, as far as it is simple.
func satisfy(values map[string]any, gate string, ofKind map[string]string) {
	word := strings.Fields(strings.Trim(gate, "()"))
	switch {
	case strings.HasPrefix(gate, "."):
		value, is := examples[ofKind[gate[1:]]]
		if !is {
			value = true
		}
		set(values, gate[1:], value)
	case strings.HasPrefix(gate, "(eq .") && len(word) == 3:
		set(values, word[1][1:], strings.Trim(word[2], `"`))
	case strings.Contains(gate, `(ne (toString .client.enabled) "-")`) && !strings.HasPrefix(gate, "(not"):
		set(values, "client.enabled", true)
	}
}

// Adds what the chart asks for beside what is set, by section.
func complete(values map[string]any) {
	beside := map[string]map[string]any{
		"global.secretsBackend.vault.enabled": {
			"global.secretsBackend.vault.consulServerRole": "x", "global.secretsBackend.vault.consulClientRole": "x",
			"global.secretsBackend.vault.consulCARole": "x", "global.secretsBackend.vault.manageSystemACLsRole": "x",
			"global.secretsBackend.vault.adminPartitionsRole": "x", "global.tls.caCert.secretName": "x",
			"global.acls.bootstrapToken.secretName": "x", "global.acls.bootstrapToken.secretKey": "x",
			"global.tls.enableAutoEncrypt": true,
		},
		"externalServers.enabled":                      {"server.enabled": false, "externalServers.hosts": []any{"x"}},
		"externalServers.skipServerWatch":              {"externalServers.enabled": true, "server.enabled": false, "externalServers.hosts": []any{"x"}},
		"global.gossipEncryption.secretName":           {"global.gossipEncryption.secretKey": "x"},
		"global.enterpriseLicense.secretName":          {"global.enterpriseLicense.secretKey": "x"},
		"global.acls.bootstrapToken.secretName":        {"global.acls.bootstrapToken.secretKey": "x"},
		"global.acls.replicationToken.secretName":      {"global.acls.replicationToken.secretKey": "x"},
		"server.snapshotAgent.configSecret.secretName": {"server.snapshotAgent.configSecret.secretKey": "x"},
		"client.snapshotAgent.configSecret.secretName": {"client.snapshotAgent.configSecret.secretKey": "x"},
		"global.adminPartitions.enabled":               {"global.enableConsulNamespaces": true},
		"global.federation.createFederationSecret":     {"global.federation.enabled": true},
		"global.federation.enabled":                    {"global.tls.enabled": true, "meshGateway.enabled": true},
		"global.peering.enabled":                       {"global.tls.enabled": true, "meshGateway.enabled": true},
		"global.metrics.datadog.enabled":               {"global.metrics.enabled": true, "global.metrics.enableAgentMetrics": true},
		"meshGateway.enabled":                          {"connectInject.enabled": true},
		"ingressGateways.enabled":                      {"connectInject.enabled": true},
		"terminatingGateways.enabled":                  {"connectInject.enabled": true},
		"telemetryCollector.enabled":                   {"connectInject.enabled": true},
		"connectInject.cni.enabled":                    {"connectInject.enabled": true},
		"apiGateway.enabled":                           {"apiGateway.image": "x"},
		"server.auditLogs.enabled":                     {"global.acls.manageSystemACLs": true},
	}
	for range 2 {
		for _, path := range sorted(beside) {
			if get(values, path) == nil {
				continue
			}
			for _, other := range sorted(beside[path]) {
				set(values, other, beside[path][other])
			}
		}
	}
}

func get(values map[string]any, path string) any {
	first, rest, more := strings.Cut(path, ".")
	if !more {
		return values[first]
	}
	below, _ := values[first].(map[string]any)
	return get(below, rest)
}

func set(values map[string]any, path string, to any) {
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		below, is := values[part].(map[string]any)
		if !is {
			below = map[string]any{}
			values[part] = below
		}
		values = below
	}
	values[parts[len(parts)-1]] = to
}

func copyOf(values map[string]any) map[string]any {
	copied := map[string]any{}
	for name, value := range values {
		if below, is := value.(map[string]any); is {
			value = copyOf(below)
		}
		copied[name] = value
	}
	return copied
}

// What `helm template` says of the chart with these values, of these templates alone.
func (s *source) render(files map[string]bool, values map[string]any) error {
	part := *s.chart
	part.Templates = nil
	for _, template := range s.chart.Templates {
		name := strings.TrimPrefix(template.Name, "templates/")
		// Checksums read whole templates by their path.
		if strings.HasSuffix(name, ".tpl") || strings.HasSuffix(name, "-configmap.yaml") || files[name] {
			part.Templates = append(part.Templates, template)
		}
	}
	sort.Slice(part.Templates, func(a, b int) bool { return part.Templates[a].Name < part.Templates[b].Name })
	configuration := &action.Configuration{
		Releases:     storage.Init(driver.NewMemory()),
		KubeClient:   &kube.PrintingKubeClient{Out: io.Discard},
		Capabilities: chartutil.DefaultCapabilities,
		Log:          func(string, ...any) {},
	}
	install := action.NewInstall(configuration)
	install.ClientOnly, install.DryRun, install.ReleaseName, install.Namespace = true, true, "consul", "consul"
	install.KubeVersion = &chartutil.KubeVersion{Version: "v1.30.0", Major: "1", Minor: "30"}
	_, err := install.Run(&part, values)
	return err
}
