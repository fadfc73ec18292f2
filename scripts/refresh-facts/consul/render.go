package main

import (
	"encoding/json"
	"maps"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/Masterminds/sprig/v3"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"
)

// Renders templates of a chart many times. Helm's own engine parses all of them each time; this one has its functions
// (helm.sh/helm/v3/pkg/engine) and parses once. `fail` and `required` do not fail, because only what a template prints
// is of interest.
type engine struct {
	templates *template.Template
	context   map[string]any
	parsed    map[string]*template.Template
	// What `probe` returns, and whether it was asked.
	probed  any
	reached bool
}

const probe = "probe"

func (s *source) engine() (*engine, error) {
	e := &engine{templates: template.New("gotpl").Option("missingkey=zero"), parsed: map[string]*template.Template{}}
	e.templates.Funcs(e.functions())
	for name, tree := range s.reading.trees {
		names := []string{name}
		if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".tpl") {
			names = append(names, "consul/templates/"+name)
		}
		for _, name := range names {
			if _, err := e.templates.AddParseTree(name, tree); err != nil {
				return nil, err
			}
		}
	}
	capabilities := *chartutil.DefaultCapabilities
	capabilities.KubeVersion = chartutil.KubeVersion{Version: "v1.30.0", Major: "1", Minor: "30"}
	release := chartutil.ReleaseOptions{Name: "consul", Namespace: "consul", Revision: 1, IsInstall: true}
	var err error
	e.context, err = chartutil.ToRenderValues(s.chart, map[string]any{}, release, &capabilities)
	return e, err
}

func (e *engine) functions() template.FuncMap {
	functions := sprig.TxtFuncMap()
	fromYaml := func(text string) map[string]any {
		found := map[string]any{}
		if err := yaml.Unmarshal([]byte(text), &found); err != nil {
			found["Error"] = err.Error()
		}
		return found
	}
	maps.Copy(functions, template.FuncMap{
		probe: func() any { e.reached = true; return e.probed },
		"include": func(name string, data any) (string, error) {
			var text strings.Builder
			err := e.templates.ExecuteTemplate(&text, name, data)
			return text.String(), err
		},
		"tpl": func(text string, data any) (string, error) {
			if !strings.Contains(text, "{{") {
				return text, nil
			}
			own, seen := e.parsed[text]
			if !seen {
				copied, err := e.templates.Clone()
				if err != nil {
					return "", err
				}
				if own, err = copied.New("tpl").Parse(text); err != nil {
					return "", err
				}
				e.parsed[text] = own
			}
			var printed strings.Builder
			err := own.Execute(&printed, data)
			return strings.ReplaceAll(printed.String(), "<no value>", ""), err
		},
		"fail":     func(string) string { return "" },
		"required": func(_ string, value any) any { return value },
		"lookup":   func(string, string, string, string) map[string]any { return map[string]any{} },
		"toYaml": func(value any) string {
			text, err := yaml.Marshal(value)
			if err != nil {
				return ""
			}
			return strings.TrimSuffix(string(text), "\n")
		},
		"toJson": func(value any) string {
			text, err := json.Marshal(value)
			if err != nil {
				return ""
			}
			return string(text)
		},
		"fromYaml": fromYaml,
		"fromJson": fromYaml,
		"fromYamlArray": func(text string) []any {
			var found []any
			if err := yaml.Unmarshal([]byte(text), &found); err != nil {
				found = []any{err.Error()}
			}
			return found
		},
	})
	return functions
}

// What `helm template` says of one template with these values.
func (e *engine) render(file string, values map[string]any) error {
	context := maps.Clone(e.context)
	context["Values"] = chartutil.Values(values)
	name := "consul/templates/" + file
	context["Template"] = map[string]any{"Name": name, "BasePath": "consul/templates"}
	var text strings.Builder
	if err := e.templates.ExecuteTemplate(&text, name, context); err != nil {
		return err
	}
	printed := map[string]string{name: strings.ReplaceAll(text.String(), "<no value>", "")}
	_, _, err := releaseutil.SortManifests(printed, nil, releaseutil.InstallOrder)
	return err
}

// Whether a condition holds with these values, as far as it is about values alone.
func (e *engine) holds(condition *expr, values map[string]any) bool {
	text := "{{if " + strings.ReplaceAll(condition.String(), "?", "") + "}}yes{{end}}"
	parsed, seen := e.parsed[text]
	if !seen {
		var err error
		if parsed, err = template.New("condition").Option("missingkey=zero").Funcs(e.functions()).Parse(text); err != nil {
			parsed = nil
		}
		e.parsed[text] = parsed
	}
	var printed strings.Builder
	return parsed != nil && parsed.Execute(&printed, values) == nil && printed.String() == "yes"
}

// The chart's defaults with these values over them, as Helm merges them.
func (e *engine) merged(over map[string]any) map[string]any {
	defaults, _ := e.context["Values"].(chartutil.Values)
	return overlay(defaults, over)
}

func overlay(base, over map[string]any) map[string]any {
	merged := copyOf(base)
	for name, value := range over {
		below, isMap := value.(map[string]any)
		own, wasMap := merged[name].(map[string]any)
		switch {
		case isMap && wasMap:
			merged[name] = overlay(own, below)
		default:
			merged[name] = value
		}
	}
	return merged
}

func (p *print) replaced(with func() error) error {
	before := p.command.Args[p.at]
	p.command.Args[p.at] = parse.NewIdentifier(probe)
	err := with()
	p.command.Args[p.at] = before
	return err
}
