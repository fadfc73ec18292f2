package main

import (
	"strings"
	"text/template/parse"
)

// Where a template prints a value, which has to make sense to YAML there.
type print struct {
	file       string
	of         *expr
	path       string
	conditions []*expr
	// The argument in the template, to put other values in its place.
	command *parse.CommandNode
	at      int
}

// Notes the values that a pipeline prints.
func (r *reading) print(pipe *parse.PipeNode, s scope, conditions []*expr) {
	if _, is := printed(conditions); !is {
		return
	}
	var piped *expr
	for _, command := range pipe.Cmds {
		name, is := command.Args[0].(*parse.IdentifierNode)
		isDefault := is && name.Ident == "default" && len(command.Args) > 1
		for at, arg := range command.Args {
			under := cut(conditions)
			// The first argument of `default` is printed where the other is not set.
			if isDefault && at == 1 {
				given := piped
				if len(command.Args) > 2 {
					given = s.value(command.Args[2])
				}
				if given == nil || !given.known() {
					continue
				}
				under = append(under, conjuncts(not(given))...)
			}
			switch arg := arg.(type) {
			case *parse.PipeNode:
				r.print(arg, s, under)
			case *parse.FieldNode, *parse.VariableNode, *parse.DotNode:
				of := s.value(arg)
				if of.kind == values && strings.Contains(of.text, ".") || of.kind == item && of.items != nil {
					one := &print{file: r.file, of: of, path: of.path(), conditions: under, command: command, at: at}
					r.prints = append(r.prints, one)
				}
			}
		}
		piped = s.command(command, piped)
	}
}
