package main

import (
	"strings"
	"text/template/parse"
)

// Which arguments of a function have to be text, a map or a list; with any other value the template fails. Of
// `text/template`, sprig 3.3 and helm.sh/helm/v3/pkg/engine.
var demands = map[string]map[string][]int{
	"text": {
		"tpl": {0}, "trim": {0}, "nindent": {1}, "indent": {1}, "b64enc": {0}, "trunc": {1}, "trimSuffix": {0, 1},
		"trimPrefix": {0, 1}, "trimAll": {0, 1}, "sha256sum": {0}, "lower": {0}, "upper": {0}, "contains": {0, 1},
		"hasPrefix": {0, 1}, "hasSuffix": {0, 1}, "fromYaml": {0}, "fromJson": {0}, "fromYamlArray": {0},
		"fromJsonArray": {0}, "splitList": {0, 1}, "split": {0, 1}, "regexMatch": {0, 1}, "regexSplit": {0, 1},
		"regexReplaceAll": {0, 1, 2}, "replace": {0, 1, 2}, "semverCompare": {0, 1}, "printf": {0},
	},
	"dict":  {"hasKey": {0}, "set": {0}, "get": {0}, "keys": {0}, "values": {0}},
	"items": {"without": {0}},
}

// Functions that fail with some values although each may be of several types.
var picky = map[string]bool{
	"eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true, "first": true, "has": true, "mustHas": true, "len": true,
}

// A value of each type.
var standIn = map[string]string{"text": `"x"`}

// What a template asks of a value, under conditions.
type ask struct {
	what       string
	conditions []string
}

// Notes what a pipeline asks of the values that it reads. What `and` and `or` do not come to asks nothing.
func (r *reading) asks(pipe *parse.PipeNode, s scope, conditions []*expr) {
	var piped *expr
	for _, command := range pipe.Cmds {
		name, is := command.Args[0].(*parse.IdentifierNode)
		args := command.Args
		if is {
			args = args[1:]
		}
		under := cut(conditions)
		var given []*expr
		for _, arg := range args {
			of := s.value(arg)
			given = append(given, of)
			switch arg := arg.(type) {
			case *parse.PipeNode:
				r.asks(arg, s, under)
			case *parse.ChainNode:
				if inner, is := arg.Node.(*parse.PipeNode); is {
					r.asks(inner, s, under)
				}
				r.askPath(of, under)
			case *parse.FieldNode, *parse.VariableNode:
				r.askPath(of, under)
			}
			if is && name.Ident == "and" {
				under = append(under, conjuncts(of)...)
			}
			if is && name.Ident == "or" {
				under = append(under, conjuncts(not(of))...)
			}
		}
		if piped != nil {
			given = append(given, piped)
		}
		if is {
			r.askTypes(name.Ident, given, conditions)
		}
		piped = s.command(command, piped)
	}
}

// What a path is below has to be a map.
func (r *reading) askPath(of *expr, conditions []*expr) {
	switch of.kind {
	case values, item:
		above := strings.LastIndex(of.text, ".")
		if above < 0 {
			return
		}
		r.ask(&expr{kind: of.kind, text: of.text[:above] + "._", items: of.items}, conditions)
	case call:
		r.ask(of, conditions)
	}
}

func (r *reading) askTypes(name string, given []*expr, conditions []*expr) {
	if picky[name] {
		r.ask(&expr{kind: call, text: name, args: given}, conditions)
	}
	if name == "required" && len(given) == 2 {
		r.fail(given[0], append(cut(conditions), &expr{kind: call, text: "unset", args: given[1:]}))
	}
	for what, of := range demands {
		for _, at := range of[name] {
			if at >= len(given) || !mayBeAnything(given[at]) {
				continue
			}
			value := given[at]
			// What stands in for the value, such as the chart's name, is of the right type.
			if value.kind == call && value.text == "default" && len(value.args) == 2 && !value.args[0].known() {
				value = &expr{kind: call, text: "default", args: []*expr{{kind: literal, text: standIn[what]}, value.args[1]}}
			}
			r.ask(&expr{kind: call, text: what, args: []*expr{value}}, conditions)
		}
	}
}

// Whether a value's type is up to the user.
func mayBeAnything(e *expr) bool {
	return e.kind == values || e.kind == item || e.kind == call && (e.text == "default" || e.text == "first" || e.text == "get")
}

func (r *reading) ask(what *expr, conditions []*expr) {
	text := what.String()
	if !what.known() || strings.Contains(text, nobodyKnows) {
		return
	}
	under, is := printed(conditions)
	if !is {
		return
	}
	r.asked = append(r.asked, ask{text, under})
}

// The conditions in their order; nothing if one of them is unknown.
func printed(conditions []*expr) (all []string, is bool) {
	seen := map[string]bool{}
	for _, condition := range conditions {
		text := condition.String()
		if !condition.known() || strings.Contains(text, nobodyKnows) {
			return nil, false
		}
		if !seen[text] {
			all = append(all, text)
		}
		seen[text] = true
	}
	return all, true
}
