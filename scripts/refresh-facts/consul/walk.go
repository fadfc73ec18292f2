package main

import (
	"fmt"
	"sort"
	"strings"
	"text/template/parse"
)

// Where a template fails: its message, and the conditions that must all hold.
type failure struct {
	file, message string
	conditions    []string
}

// How a chart's templates read their values.
type reading struct {
	trees    map[string]*parse.Tree
	failures []failure
	byHand   []string
	gates    map[string]map[string]bool // of each path that is read: the conditions that all its uses share
	files    map[string]map[string]bool // of each path: the templates that read it
	file     string
	depth    int
	asked    []ask
	prints   []*print
}

func read(templates map[string]string) (*reading, error) {
	r := &reading{trees: map[string]*parse.Tree{}, gates: map[string]map[string]bool{}, files: map[string]map[string]bool{}}
	var names []string
	for name, text := range templates {
		tree := parse.New(name)
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(text, "", "", r.trees); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if tree := r.trees[name]; tree != nil && !strings.HasSuffix(name, ".tpl") {
			r.file = name
			whole := &expr{kind: root}
			r.list(tree.Root, scope{whole, map[string]*expr{"$": whole}}, nil)
		}
	}
	return r, nil
}

func (r *reading) list(list *parse.ListNode, s scope, conditions []*expr) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			r.action(node.Pipe, s, conditions)
		case *parse.TemplateNode:
			dot := &expr{}
			if node.Pipe != nil {
				r.uses(node.Pipe, s, conditions)
				r.asks(node.Pipe, s, conditions)
				dot = s.pipe(node.Pipe)
			}
			r.named(node.Name, dot, conditions)
		case *parse.IfNode:
			r.branch(&node.BranchNode, s, conditions)
		case *parse.WithNode:
			r.uses(node.Pipe, s, conditions)
			r.asks(node.Pipe, s, conditions)
			of := s.pipe(node.Pipe)
			inner := s.copy()
			inner.dot = of
			r.declare(node.Pipe, inner)
			r.list(node.List, inner, append(cut(conditions), conjuncts(of)...))
			r.list(node.ElseList, s.copy(), append(cut(conditions), not(of)))
		case *parse.RangeNode:
			r.loop(node, s, conditions)
		}
	}
}

func (r *reading) action(pipe *parse.PipeNode, s scope, conditions []*expr) {
	if name, is := pipe.Cmds[0].Args[0].(*parse.IdentifierNode); is && name.Ident == "fail" && len(pipe.Cmds) == 1 {
		r.fail(s.value(pipe.Cmds[0].Args[1]), conditions)
		return
	}
	r.asks(pipe, s, conditions)
	if len(pipe.Decl) == 0 {
		r.uses(pipe, s, conditions)
		r.print(pipe, s, conditions)
		return
	}
	if e := s.pipe(pipe); e.kind == unknown {
		r.uses(pipe, s, conditions)
	}
	r.declare(pipe, s)
}

// Where a variable is declared it becomes what it stands for; one that is assigned again is unknown from then on.
func (r *reading) declare(pipe *parse.PipeNode, s scope) {
	for _, variable := range pipe.Decl {
		s.vars[variable.Ident[0]] = s.pipe(pipe)
		if pipe.IsAssign {
			s.vars[variable.Ident[0]] = &expr{}
		}
	}
}

func (r *reading) branch(node *parse.BranchNode, s scope, conditions []*expr) {
	condition := s.pipe(node.Pipe)
	r.asks(node.Pipe, s, conditions)
	if !onlyFails(node.List) {
		r.uses(node.Pipe, s, conditions)
	}
	r.list(node.List, s.copy(), append(cut(conditions), conjuncts(condition)...))
	r.list(node.ElseList, s.copy(), append(cut(conditions), conjuncts(not(condition))...))
}

func (r *reading) loop(node *parse.RangeNode, s scope, conditions []*expr) {
	r.uses(node.Pipe, s, conditions)
	r.asks(node.Pipe, s, conditions)
	of := s.pipe(&parse.PipeNode{Cmds: node.Pipe.Cmds})
	depth := 1
	for _, condition := range conditions {
		if condition.kind == call && condition.text == "each" {
			depth++
		}
	}
	name := fmt.Sprintf("$%d", depth)
	inner := s.copy()
	inner.dot = &expr{kind: item, text: name, items: of}
	isDefault := of.kind == call && of.text == "default" && of.known()
	if of.kind != values && of.kind != item && !isDefault {
		inner.dot = &expr{}
	}
	for at, variable := range node.Pipe.Decl {
		inner.vars[variable.Ident[0]] = inner.dot
		if at == 0 && len(node.Pipe.Decl) == 2 {
			inner.vars[variable.Ident[0]] = &expr{kind: index, text: name + "#"}
		}
	}
	each := &expr{kind: call, text: "each", args: []*expr{{kind: literal, text: name}, of}}
	if inner.dot.kind == unknown {
		each = &expr{}
	}
	r.ask(each, conditions)
	r.list(node.List, inner, append(cut(conditions), each))
}

func (r *reading) named(name string, dot *expr, conditions []*expr) {
	tree := r.trees[name]
	if tree == nil || r.depth > 8 {
		return
	}
	r.depth++
	r.list(tree.Root, scope{dot, map[string]*expr{"$": dot}}, conditions)
	r.depth--
}

func (r *reading) fail(message *expr, conditions []*expr) {
	text := message.String()
	found := failure{file: r.file, message: text}
	for _, condition := range conditions {
		if !condition.known() || strings.Contains(condition.String(), nobodyKnows) {
			r.byHand = append(r.byHand, r.file+": "+text+": "+condition.String())
			return
		}
		found.conditions = append(found.conditions, condition.String())
	}
	r.failures = append(r.failures, found)
}

func onlyFails(list *parse.ListNode) bool {
	fails := false
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
			if strings.TrimSpace(string(node.Text)) != "" {
				return false
			}
		case *parse.ActionNode:
			name, is := node.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
			if !is || name.Ident != "fail" {
				return false
			}
			fails = true
		default:
			return false
		}
	}
	return fails
}

func cut(list []*expr) []*expr { return list[:len(list):len(list)] }
