package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// A key of `values.yaml`, or one that only templates know.
type key struct {
	path, kind string
	free       bool // whatever stands below it is the user's
	fallback   string
}

func keysOf(chart *source) (found []key, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(chart.values), &document); err != nil {
		return nil, err
	}
	lines := strings.Split(chart.values, "\n")
	seen := map[string]bool{}
	var walk func(node *yaml.Node, path string)
	walk = func(node *yaml.Node, path string) {
		for at := 0; at+1 < len(node.Content); at += 2 {
			name, value := node.Content[at], node.Content[at+1]
			one := keyOf(comment(lines, name.Line), value)
			one.path = strings.TrimPrefix(path+"."+name.Value, ".")
			seen[one.path] = true
			found = append(found, one)
			if one.kind == "map" && !one.free {
				walk(value, one.path)
			}
		}
	}
	walk(document.Content[0], "")
	for _, path := range sorted(chart.reading.gates) {
		for _, one := range known(path, seen, found) {
			seen[one] = true
			found = append(found, key{path: one, kind: "any", free: !hasBelow(chart.reading.gates, one)})
		}
	}
	return found, nil
}

// The path and those above it that are not known yet; none below a free one.
func known(path string, seen map[string]bool, found []key) (missing []string) {
	for _, one := range found {
		if one.free && (strings.HasPrefix(path, one.path+".")) {
			return nil
		}
	}
	parts := strings.Split(path, ".")
	for end := 1; end <= len(parts); end++ {
		above := strings.Join(parts[:end], ".")
		if !seen[above] {
			missing = append(missing, above)
		}
	}
	return missing
}

func hasBelow(gates map[string]map[string]bool, path string) bool {
	for other := range gates {
		if strings.HasPrefix(other, path+".") || strings.HasPrefix(other, path+"[]") {
			return true
		}
	}
	return false
}

// The comment above a line.
func comment(lines []string, line int) string {
	first := line - 1
	for first > 0 && strings.HasPrefix(strings.TrimSpace(lines[first-1]), "#") {
		first--
	}
	return strings.Join(lines[first:line-1], "\n")
}

func tag(comment, name string) string {
	for _, line := range strings.Split(comment, "\n") {
		if value, is := strings.CutPrefix(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "#")), "@"+name+":"); is {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func keyOf(comment string, value *yaml.Node) key {
	var decoded any
	if err := value.Decode(&decoded); err != nil {
		panic(err)
	}
	fallback, err := json.Marshal(decoded)
	if err != nil {
		panic(err)
	}
	one := key{kind: "any", fallback: string(fallback)}
	said := strings.ToLower(tag(comment, "type"))
	switch {
	case strings.HasPrefix(said, "bool"):
		one.kind = "boolean"
	case strings.HasPrefix(said, "int"):
		one.kind = "integer"
	case strings.HasPrefix(said, "array"):
		one.kind = "list"
	case strings.HasPrefix(said, "string"):
		one.kind = "string"
	case strings.HasPrefix(said, "map"):
		one.kind = "map"
	}
	empty := fallback == nil || one.fallback == "null" || one.fallback == "{}" || one.fallback == "[]"
	if !empty {
		one.kind = map[yaml.Kind]string{yaml.MappingNode: "map", yaml.SequenceNode: "list"}[value.Kind]
		if value.Kind == yaml.ScalarNode && said == "" || one.kind == "" {
			one.kind = map[string]string{"!!bool": "boolean", "!!int": "integer", "!!str": "string"}[value.Tag]
		}
		if said != "" && value.Kind == yaml.ScalarNode && one.kind == "" {
			one.kind = "any"
		}
	}
	one.free = tag(comment, "recurse") == "false" || empty || value.Kind == yaml.SequenceNode
	if one.fallback == "{}" && one.kind == "any" {
		one.kind = "map"
	}
	if one.fallback == "[]" && one.kind == "any" {
		one.kind = "list"
	}
	return one
}

func keys(charts []*source, conditions *conditions) string {
	var rows table
	for at, chart := range charts {
		found, err := keysOf(chart)
		check(err)
		for _, one := range found {
			free := ""
			if one.free {
				free = "free"
			}
			gates := conditions.refer(sorted(chart.reading.own(one.path)))
			fallback := one.fallback
			if one.kind == "map" && !one.free {
				fallback = ""
			}
			rows.add(strings.Join([]string{one.path, one.kind, free, fallback, gates}, "\t"), at)
		}
	}
	var text strings.Builder
	sort.Strings(rows.order)
	for _, row := range rows.order {
		fmt.Fprintf(&text, "%03x\t%s\n", rows.charts[row], row)
	}
	return text.String()
}

// The conditions under which a template reads a key or anything below it; nil when none does.
func (r *reading) gate(path string) map[string]bool {
	var shared map[string]bool
	for other, gates := range r.gates {
		within := other == path || strings.HasPrefix(other, path+".") || strings.HasPrefix(other, path+"[]") || strings.HasPrefix(path, other+".")
		if !within {
			continue
		}
		if shared == nil {
			shared = map[string]bool{}
			for gate := range gates {
				shared[gate] = true
			}
		}
		for gate := range shared {
			if !gates[gate] {
				delete(shared, gate)
			}
		}
	}
	if shared == nil {
		return map[string]bool{"never": true}
	}
	return shared
}

// The conditions of a key that those above it do not have.
func (r *reading) own(path string) map[string]bool {
	gates := r.gate(path)
	if above := strings.LastIndex(path, "."); above >= 0 {
		for gate := range r.gate(path[:above]) {
			delete(gates, gate)
		}
	}
	return gates
}

func sorted[V any](of map[string]V) (names []string) {
	for name := range of {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
