// Command referee has jaeger-operator itself answer the questions in tests/truth/jaeger-operator: what it makes of a
// Jaeger resource, and what its webhook does to a Deployment. Nothing of the operator is copied here; the calls are in
// the order in which the operator makes them, and its packages are those of the release that go.mod pins. Built with
// -modfile=1.37.mod -tags operator_1_37 it is release 1.37.0, which is only asked about Deployments.
//
//	referee [-check] FILE...
//
// Each file is {"asked": "...", "cases": [{"case": NAME, "input": {...}, "answer": {...}}]}. Without -check the answers are
// written anew; with it nothing is written, each case whose answer is not the recorded one is printed, and the exit code
// is 1 if there is any.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

type file struct {
	// Asked is "strategy" or "inject".
	Asked string `json:"asked"`
	Of    string `json:"of"`
	Cases []test `json:"cases"`
}

type test struct {
	Case   string          `json:"case"`
	Input  json.RawMessage `json:"input"`
	Answer json.RawMessage `json:"answer"`
}

func main() {
	check := flag.Bool("check", false, "print what differs from the record, and write nothing")
	flag.Parse()
	configure()
	stale := 0
	for _, path := range flag.Args() {
		differ, err := ask(path, *check)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			os.Exit(2)
		}
		stale += differ
	}
	if *check && stale > 0 {
		fmt.Printf("%d records are stale: run `referee` without -check, and read the difference\n", stale)
		os.Exit(1)
	}
}

func ask(path string, check bool) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var record file
	if err := json.Unmarshal(text, &record); err != nil {
		return 0, err
	}
	question, known := questions[record.Asked]
	if !known {
		return 0, fmt.Errorf("nothing here is asked %q", record.Asked)
	}
	differ := 0
	record.Of = "jaeger-operator " + operator
	for i := range record.Cases {
		each := &record.Cases[i]
		answer, err := json.Marshal(question(each.Input))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(compact(answer), compact(each.Answer)) {
			differ++
			if check {
				fmt.Printf("%s: %s\n  recorded: %s\n  now:      %s\n", path, each.Case, compact(each.Answer), answer)
			}
		}
		each.Answer = answer
	}
	if check {
		return differ, nil
	}
	return differ, os.WriteFile(path, lines(record), 0o644)
}

func compact(text json.RawMessage) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		return nil
	}
	return out.Bytes()
}

// lines writes a case a line, so that a change shows as the cases that it concerns.
func lines(record file) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"asked\":%q,\"of\":%q,\"cases\":[\n", record.Asked, record.Of)
	for i, each := range record.Cases {
		name, _ := json.Marshal(each.Case)
		end := ",\n"
		if i == len(record.Cases)-1 {
			end = "\n"
		}
		fmt.Fprintf(&out, "{\"case\":%s,\"input\":%s,\"answer\":%s}%s", name, compact(each.Input), compact(each.Answer), end)
	}
	out.WriteString("]}\n")
	return out.Bytes()
}
