// Makes the tables of src/stack/consul/values/ from the charts themselves: which keys each chart has and what they
// may be, under which conditions its templates read them, and where they fail.
//
//	go run . CONSUL-K8S    (a git clone of hashicorp/consul-k8s with its tags)
package main

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
)

// The charts of src/stack/consul/chart.rs.
var versions = []string{"0.46.1", "0.49.8", "1.0.11", "1.2.9", "1.4.10", "1.6.10", "1.8.16", "1.9.11", "2.0.3"}

const out = "../../../src/stack/consul/values/"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . PATH-OF-A-CLONE-OF-hashicorp/consul-k8s")
		os.Exit(2)
	}
	var charts []*source
	for _, version := range versions {
		chart, err := load(os.Args[1], version)
		check(err)
		charts = append(charts, chart)
	}
	conditions := &conditions{numbers: map[string]int{}}
	for _, one := range []struct{ name, text string }{
		{"fails.tsv", failures(charts, conditions)},
		{"keys.tsv", keys(charts, conditions)},
		{"asks.tsv", asks(charts, conditions)},
		{"prints.tsv", prints(charts, conditions)},
	} {
		check(os.WriteFile(out+one.name, []byte(one.text), 0o644))
	}
	check(os.WriteFile(out+"conditions.txt", []byte(strings.Join(conditions.order, "\n")+"\n"), 0o644))
}

// What the templates ask of values, by chart.
func asks(charts []*source, conditions *conditions) string {
	var rows table
	for at, chart := range charts {
		var all []failure
		for _, one := range chart.reading.asked {
			all = append(all, failure{message: one.what, conditions: one.conditions})
		}
		all = least(all)
		fmt.Fprintln(os.Stderr, chart.version, len(chart.reading.asked), "asks", len(all), "kept")
		for _, one := range all {
			rows.add(conditions.refer([]string{one.message})+"\t"+conditions.refer(one.conditions), at)
		}
	}
	return rows.String()
}

// The values that YAML cannot make sense of where templates print them, by chart.
func prints(charts []*source, conditions *conditions) string {
	var rows table
	all := make([][]refusal, len(charts))
	var group sync.WaitGroup
	for at, chart := range charts {
		group.Go(func() {
			kinds := map[string]string{}
			found, err := keysOf(chart)
			check(err)
			for _, one := range found {
				kinds[one.path] = one.kind
			}
			all[at] = weakest(chart.refusals(kinds))
		})
	}
	group.Wait()
	for at := range charts {
		for _, one := range all[at] {
			rows.add(one.path+"\t"+one.letters+"\t"+conditions.refer(one.conditions), at)
		}
	}
	return rows.String()
}

// Without the letters that are refused under fewer conditions anyway.
func weakest(all []refusal) (kept []refusal) {
	for _, one := range all {
		for _, by := range kept {
			if by.path == one.path && subset(by.conditions, one.conditions) {
				one.letters = strings.Map(func(letter rune) rune {
					if strings.ContainsRune(by.letters, letter) {
						return -1
					}
					return letter
				}, one.letters)
			}
		}
		if one.letters != "" {
			kept = append(kept, one)
		}
	}
	return kept
}

func subset(some, more []string) bool {
	for _, one := range some {
		if !slices.Contains(more, one) {
			return false
		}
	}
	return true
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Rows of which each says for which charts it holds, as a number with a bit for each.
type table struct {
	charts map[string]int
	order  []string
}

func (t *table) add(row string, chart int) {
	if t.charts == nil {
		t.charts = map[string]int{}
	}
	if _, seen := t.charts[row]; !seen {
		t.order = append(t.order, row)
	}
	t.charts[row] |= 1 << chart
}

func (t *table) String() string {
	var text strings.Builder
	sort.Strings(t.order)
	for _, row := range t.order {
		fmt.Fprintf(&text, "%03x\t%s\n", t.charts[row], row)
	}
	return text.String()
}

// Conditions by number, since most rows share theirs.
type conditions struct {
	numbers map[string]int
	order   []string
}

func (c *conditions) refer(all []string) string {
	var words []string
	for _, one := range all {
		number, seen := c.numbers[one]
		if !seen {
			number = len(c.order)
			c.numbers[one] = number
			c.order = append(c.order, one)
		}
		words = append(words, fmt.Sprint(number))
	}
	return strings.Join(words, " ")
}

func failures(charts []*source, conditions *conditions) string {
	var rows table
	files := map[string]string{}
	for at, chart := range charts {
		for _, failure := range least(chart.reading.failures) {
			row := failure.message + "\t" + conditions.refer(failure.conditions)
			if _, seen := files[row]; !seen {
				files[row] = failure.file
			}
			rows.add(row, at)
		}
		for _, one := range chart.reading.byHand {
			fmt.Fprintln(os.Stderr, chart.version, "by hand:", one)
		}
	}
	var text strings.Builder
	sort.Strings(rows.order)
	for _, row := range rows.order {
		fmt.Fprintf(&text, "%03x\t%s\t%s\n", rows.charts[row], files[row], row)
	}
	return text.String()
}

// Of the failures with one message those that do not follow from another: that other has fewer of the same conditions.
func least(all []failure) (kept []failure) {
	by := map[string][]int{}
	for at, one := range all {
		by[one.message] = append(by[one.message], at)
	}
	for at, one := range all {
		implied := false
		for _, other := range by[one.message] {
			weaker := all[other].conditions
			if other == at || implied || !subset(weaker, one.conditions) {
				continue
			}
			implied = other < at || !subset(one.conditions, weaker)
		}
		if !implied {
			kept = append(kept, one)
		}
	}
	return kept
}
