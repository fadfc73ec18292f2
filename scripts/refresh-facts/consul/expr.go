package main

import (
	"strconv"
	"strings"
	"text/template/parse"
)

// An expression of a template, as far as it is made of values: a path below `.Values`, an item of a list, a literal,
// or a call. Whatever else a template can say is unknown.
type expr struct {
	kind  kind
	text  string // of a path, a literal, a variable or a function
	args  []*expr
	items *expr // of an item: the list that it is in
	keys  []string
}

type kind int

const (
	unknown kind = iota
	root         // the chart's whole context
	values       // `.Values` or below it: text is the dotted path, empty for all
	item         // an item of a list or below it: text is `$1.path`
	index        // the index of an item
	literal      // in JSON
	call
	pairs // a dict: keys and args
)

func (e *expr) known() bool {
	if e.kind == unknown || e.kind == root || e.kind == pairs {
		return false
	}
	for _, arg := range e.args {
		if !arg.known() {
			return false
		}
	}
	return true
}

func (e *expr) String() string {
	switch e.kind {
	case values:
		return "." + strings.TrimSuffix(e.text, "?")
	case item:
		return strings.TrimSuffix(e.text, "?")
	case index, literal:
		return e.text
	case call:
		words := []string{e.text}
		for _, arg := range e.args {
			words = append(words, arg.String())
		}
		return "(" + strings.Join(words, " ") + ")"
	}
	return nobodyKnows
}

// How what is unknown prints.
const nobodyKnows = "<unknown>"

func (e *expr) field(names []string) *expr {
	for _, name := range names {
		switch e.kind {
		case root:
			if name != "Values" {
				return &expr{}
			}
			e = &expr{kind: values}
		case values:
			e = &expr{kind: values, text: strings.TrimPrefix(e.text+"."+name, ".")}
		case item:
			e = &expr{kind: item, text: e.text + "." + name, items: e.items}
		case pairs:
			found := &expr{}
			for at, key := range e.keys {
				if key == name {
					found = e.args[at]
				}
			}
			e = found
		case call:
			e = &expr{kind: call, text: "get", args: []*expr{e, {kind: literal, text: quote(name)}}}
		default:
			return &expr{}
		}
	}
	return e
}

// What a variable or the dot holds may be nil without an error when a part of it is asked for, unlike what a path leads to.
func (e *expr) optional() *expr {
	if e.kind == values && e.text != "" || e.kind == item && strings.Contains(e.text, ".") {
		return &expr{kind: e.kind, text: strings.TrimSuffix(e.text, "?") + "?", items: e.items}
	}
	return e
}

// What the variables and the dot stand for.
type scope struct {
	dot  *expr
	vars map[string]*expr
}

func (s scope) copy() scope {
	vars := map[string]*expr{}
	for name, value := range s.vars {
		vars[name] = value
	}
	return scope{s.dot, vars}
}

func (s scope) pipe(pipe *parse.PipeNode) *expr {
	var last *expr
	for _, command := range pipe.Cmds {
		last = s.command(command, last)
	}
	if last == nil {
		return &expr{}
	}
	return last
}

func (s scope) command(command *parse.CommandNode, piped *expr) *expr {
	name, is := command.Args[0].(*parse.IdentifierNode)
	if !is {
		if len(command.Args) > 1 || piped != nil {
			return &expr{}
		}
		return s.value(command.Args[0])
	}
	e := &expr{kind: call, text: name.Ident}
	for _, arg := range command.Args[1:] {
		e.args = append(e.args, s.value(arg))
	}
	if piped != nil {
		e.args = append(e.args, piped)
	}
	return fold(e)
}

// What is known of a call without its values.
func fold(e *expr) *expr {
	switch e.text {
	case "dict":
		found := &expr{kind: pairs}
		for at := 0; at+1 < len(e.args); at += 2 {
			key, err := strconv.Unquote(e.args[at].text)
			if err != nil {
				return &expr{}
			}
			found.keys = append(found.keys, key)
			found.args = append(found.args, e.args[at+1])
		}
		return found
	case "index":
		if len(e.args) == 2 && e.args[0].kind == call && e.args[0].text == "list" {
			if at, err := strconv.Atoi(e.args[1].text); err == nil && at < len(e.args[0].args) {
				return e.args[0].args[at]
			}
		}
		return &expr{}
	case "not":
		if len(e.args) == 1 && e.args[0].kind == call && e.args[0].text == "not" {
			return truth(e.args[0].args[0])
		}
	case "and", "or", "eq", "ne", "lt", "gt", "int", "toString", "empty", "default", "first", "contains", "trim", "lower", "cat", "list", "kindIs", "has", "mustHas", "len", "typeOf", "hasKey", "fromYaml":
	default:
		return &expr{kind: unknown, args: e.args}
	}
	return e
}

// The double negation of a value is not the value, but both decide an `if` alike.
func truth(e *expr) *expr { return e }

func (s scope) value(node parse.Node) *expr {
	switch node := node.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return s.dot.optional().field(node.Ident)
	case *parse.VariableNode:
		value, is := s.vars[node.Ident[0]]
		if !is {
			return &expr{}
		}
		return value.optional().field(node.Ident[1:])
	case *parse.ChainNode:
		return s.value(node.Node).field(node.Field)
	case *parse.PipeNode:
		return s.pipe(node)
	case *parse.StringNode:
		return &expr{kind: literal, text: quote(node.Text)}
	case *parse.BoolNode:
		return &expr{kind: literal, text: strconv.FormatBool(node.True)}
	case *parse.NumberNode:
		return &expr{kind: literal, text: node.Text}
	case *parse.IdentifierNode:
		return fold(&expr{kind: call, text: node.Ident})
	}
	return &expr{}
}

// The conditions that a condition consists of.
func conjuncts(e *expr) []*expr {
	if e.kind != call {
		return []*expr{e}
	}
	inner := func(sub string, wrap func(*expr) *expr, of *expr) (all []*expr, is bool) {
		if of.kind != call || of.text != sub {
			return nil, false
		}
		for _, arg := range of.args {
			all = append(all, conjuncts(wrap(arg))...)
		}
		return all, true
	}
	if all, is := inner("and", truth, e); is {
		return all
	}
	if e.text == "not" && len(e.args) == 1 {
		if all, is := inner("or", not, e.args[0]); is {
			return all
		}
	}
	return []*expr{e}
}

func not(e *expr) *expr { return fold(&expr{kind: call, text: "not", args: []*expr{e}}) }
