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
	fails, keys := failures(charts, conditions), keys(charts, conditions)
	check(os.WriteFile(out+"fails.tsv", []byte(fails), 0o644))
	check(os.WriteFile(out+"keys.tsv", []byte(keys), 0o644))
	check(os.WriteFile(out+"conditions.txt", []byte(strings.Join(conditions.order, "\n")+"\n"), 0o644))
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
	holds := func(some, more []string) bool {
		for _, one := range some {
			if !slices.Contains(more, one) {
				return false
			}
		}
		return true
	}
	for at, one := range all {
		implied := false
		for other, by := range all {
			if other == at || by.message != one.message || !holds(by.conditions, one.conditions) {
				continue
			}
			implied = implied || other < at || !holds(one.conditions, by.conditions)
		}
		if !implied {
			kept = append(kept, one)
		}
	}
	return kept
}
