package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

// What a value may be, by letter: text by what YAML makes of it, since templates print it into YAML.
var classes = map[byte]any{
	'n': nil, 'b': true, 'B': false, 'i': 7.0, 'I': 0.0,
	's': "x", 'e': "", 't': "false", 'd': "7", 'm': "x: y", 'M': "x: y\nz: y\n", 'q': "- x\n- y\n", 'X': "x: y: z",
	'l': []any{"x"}, 'o': []any{map[string]any{"name": "x"}}, 'L': []any{},
	'k': map[string]any{"x": "y"}, 'K': map[string]any{},
}

const letters = "nbBiIsetdmMqXloLkK"

// A class of values that YAML cannot make sense of where a template prints it, under conditions.
type refusal struct {
	path, letters string
	conditions    []string
}

// Puts a value of each class wherever a template prints one, with the sections on that it takes to get there, and notes
// where helm cannot read the result as YAML.
func (s *source) refusals(kinds map[string]string) (found []refusal) {
	e, err := s.engine()
	check(err)
	done := map[string]map[string]bool{}
	sort.SliceStable(s.reading.prints, func(a, b int) bool {
		return len(s.reading.prints[a].conditions) < len(s.reading.prints[b].conditions)
	})
	missed := 0
	for _, one := range s.reading.prints {
		conditions, _ := printed(one.conditions)
		name := one.of.String() + "\t" + strings.Join(conditions, "\t")
		if done[name] == nil {
			done[name] = map[string]bool{}
		}
		refused, why := e.refused(one, kinds)
		if why != "" {
			missed++
			fmt.Fprintln(os.Stderr, s.version, one.file, one.path, "cannot be probed:", why)
		}
		if refused != "" && !done[name][refused] {
			found = append(found, refusal{one.of.String(), refused, conditions})
			done[name][refused] = true
		}
	}
	fmt.Fprintln(os.Stderr, s.version, len(s.reading.prints), "prints", missed, "not probed", len(found), "refusals")
	return found
}

// Text that sections may need to be read as YAML.
var words = []string{"x", "x: y", "- x", "7", ""}

func (e *engine) refused(one *print, kinds map[string]string) (refused, why string) {
	for _, word := range words {
		base := copyOf(e.merged(map[string]any{}))
		set(base, one.path, example(kinds[one.path], word, get(base, one.path)))
		for range 3 {
			for _, condition := range one.conditions {
				e.satisfy(base, condition, true, kinds, word)
			}
		}
		refused, why = "", ""
		good := 0
		for at := range len(letters) {
			e.probed, e.reached = classes[letters[at]], false
			err := one.replaced(func() error { return e.render(one.file, base) })
			if !e.reached {
				why = "not reached"
				if err != nil {
					why = err.Error()
				}
				break
			}
			switch {
			case err == nil:
				good++
			case strings.HasPrefix(err.Error(), "YAML parse error on"):
				refused += letters[at : at+1]
				why = err.Error()
			default:
				why = err.Error()
			}
		}
		if good > 0 {
			return refused, ""
		}
	}
	return "", strings.ReplaceAll(why, "\n", " ")
}

// A value of a kind that is set.
func example(kind, word string, now any) any {
	if now != nil && now != false && now != "" {
		list, isList := now.([]any)
		below, isMap := now.(map[string]any)
		if !(isList && len(list) == 0 || isMap && len(below) == 0) {
			return now
		}
	}
	switch kind {
	case "boolean":
		return true
	case "integer":
		return 7.0
	case "list":
		return []any{map[string]any{"name": "x"}}
	case "map":
		return map[string]any{"x": "y"}
	case "string":
		return word
	}
	// Most that the comments of values.yaml say nothing of is text.
	if word == "" {
		return true
	}
	return word
}

// Makes a condition true or false, as far as it is simple.
func (e *engine) satisfy(values map[string]any, condition *expr, want bool, kinds map[string]string, word string) {
	text := condition.String()
	isPlain := !strings.Contains(text, "$")
	if isPlain && e.holds(condition, values) == want {
		return
	}
	path, isPath := pathOf(condition)
	isPath = isPath && condition.kind != call
	literalOf := func(e *expr) any {
		if text, err := strconv.Unquote(e.text); err == nil {
			return text
		}
		return e.text == "true"
	}
	args := condition.args
	switch {
	case isPath && want:
		put(values, path, example(kinds[path], word, get(values, path)))
	case isPath:
		put(values, path, map[string]any{"boolean": false, "integer": 0.0, "string": "", "list": []any{}}[kinds[path]])
	case condition.kind != call:
	case condition.text == "each" && args[1].path() != "":
		put(values, args[1].path(), example("list", word, get(values, args[1].path())))
	case condition.text == "not":
		e.satisfy(values, args[0], !want, kinds, word)
	case condition.text == "and" && want || condition.text == "or" && !want:
		for _, arg := range args {
			e.satisfy(values, arg, want, kinds, word)
		}
	case condition.text == "and":
		// The switch comes behind what it is compared with.
		for at := len(args) - 1; at >= 0; at-- {
			if e.satisfy(values, args[at], want, kinds, word); !isPlain || e.holds(condition, values) == want {
				break
			}
		}
	case condition.text == "or":
		for _, arg := range args {
			if e.satisfy(values, arg, want, kinds, word); !isPlain || e.holds(condition, values) == want {
				break
			}
		}
	case (condition.text == "eq" || condition.text == "ne") && len(args) == 2:
		a, b := args[0], args[1]
		if a.kind == literal {
			a, b = b, a
		}
		to := inner(a)
		if to == "" || b.kind != literal {
			return
		}
		if (condition.text == "eq") == want {
			put(values, to, literalOf(b))
		} else {
			put(values, to, example(kinds[to], "other", nil))
		}
	case condition.text == "contains":
		if to := inner(args[1]); to != "" && want {
			put(values, to, literalOf(args[0]))
		}
	case condition.text == "gt" && want:
		if to := inner(args[0]); to != "" {
			put(values, to, 7.0)
		}
	case condition.text == "default" && args[0].kind != literal:
		for _, arg := range args {
			if e.satisfy(values, arg, want, kinds, word); want {
				break
			}
		}
	case condition.text == "kindIs" || condition.text == "unset":
	case len(args) > 0:
		e.satisfy(values, args[len(args)-1], want, kinds, word)
	}
}

// The path of a value or item.
func pathOf(e *expr) (string, bool) {
	path := e.path()
	return path, path != ""
}

// The path in simple calls such as `(toString .a)` and `(default "x" .a)`.
func inner(e *expr) string {
	if path, is := pathOf(e); is {
		return path
	}
	if e.kind == call && len(e.args) > 0 {
		return inner(e.args[len(e.args)-1])
	}
	return ""
}

func get(values map[string]any, path string) any {
	first, rest, more := strings.Cut(path, ".")
	first, isList := strings.CutSuffix(first, "[]")
	below := values[first]
	if list, is := below.([]any); is && isList {
		below = nil
		if len(list) > 0 {
			below = list[0]
		}
	}
	if !more {
		return below
	}
	inside, _ := below.(map[string]any)
	return get(inside, rest)
}

func set(values map[string]any, path string, to any) { put(values, path, to) }

// Sets what is at a path; `[]` is the first item of a list.
func put(values map[string]any, path string, to any) {
	first, rest, more := strings.Cut(path, ".")
	first, isList := strings.CutSuffix(first, "[]")
	if !isList {
		if !more {
			values[first] = to
			return
		}
		below, is := values[first].(map[string]any)
		if !is {
			below = map[string]any{}
			values[first] = below
		}
		put(below, rest, to)
		return
	}
	list, is := values[first].([]any)
	if !is || len(list) == 0 {
		list = []any{map[string]any{"name": "x"}}
	}
	list = append([]any{}, list...)
	values[first] = list
	if !more {
		list[0] = to
		return
	}
	below, is := list[0].(map[string]any)
	if !is {
		below = map[string]any{}
	}
	below = copyOf(below)
	list[0] = below
	put(below, rest, to)
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
