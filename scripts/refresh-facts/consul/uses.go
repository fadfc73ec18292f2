package main

import (
	"strings"
	"text/template/parse"
)

// Records what a pipeline reads. Within `and` a value counts only where the others hold, within `or` only where they do
// not.
func (r *reading) uses(pipe *parse.PipeNode, s scope, conditions []*expr) {
	for _, command := range pipe.Cmds {
		name, is := command.Args[0].(*parse.IdentifierNode)
		if is && name.Ident == "include" && len(command.Args) > 2 {
			if text, is := command.Args[1].(*parse.StringNode); is {
				r.named(text.Text, s.value(command.Args[2]), conditions)
			}
		}
		for at, arg := range command.Args {
			under := cut(conditions)
			if is && (name.Ident == "and" || name.Ident == "or") {
				for other, beside := range command.Args[1:] {
					if other+1 == at {
						continue
					}
					if name.Ident == "and" {
						under = append(under, conjuncts(s.value(beside))...)
					} else {
						under = append(under, conjuncts(not(s.value(beside)))...)
					}
				}
			}
			switch arg := arg.(type) {
			case *parse.PipeNode:
				r.uses(arg, s, under)
			case *parse.FieldNode, *parse.VariableNode, *parse.DotNode, *parse.ChainNode:
				r.use(s.value(arg), under)
			}
		}
	}
}

func (r *reading) use(e *expr, conditions []*expr) {
	switch {
	case e.kind == call || e.kind == pairs:
		for _, arg := range e.args {
			r.use(arg, conditions)
		}
		return
	case e.kind != values && e.kind != item:
		return
	}
	path := e.path()
	if path == "" {
		return
	}
	under := map[string]bool{}
	for _, condition := range conditions {
		text := condition.String()
		if condition.known() && !strings.Contains(text, "$") && !strings.Contains(text, nobodyKnows) {
			under[text] = true
		}
	}
	if r.files[path] == nil {
		r.files[path] = map[string]bool{}
	}
	r.files[path][r.file] = true
	before, seen := r.gates[path]
	if !seen {
		r.gates[path] = under
		return
	}
	for condition := range before {
		if !under[condition] {
			delete(before, condition)
		}
	}
}

// The dotted path of a value; `[]` is any item of a list.
func (e *expr) path() string {
	text := strings.ReplaceAll(e.text, "?", "")
	switch e.kind {
	case values:
		return text
	case item:
		_, below, _ := strings.Cut(text, ".")
		return strings.TrimSuffix(e.items.path()+"[]."+below, ".")
	case call:
		// Of the lists that `default` has, the one that applies to all.
		if e.text == "default" && len(e.args) == 2 {
			return e.args[0].path()
		}
	}
	return ""
}
