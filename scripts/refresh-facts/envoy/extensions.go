package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// extensions are the rows of extensions.txt, their minor versions as a mask: the mask, category, name, types.
func extensions() []string {
	text, err := os.ReadFile("extensions.txt")
	if err != nil {
		fail("%v", err)
	}
	var rows []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		minors, rest, _ := strings.Cut(line, "\t")
		var in mask
		for minor := range strings.SplitSeq(minors, ",") {
			number, err := strconv.Atoi(minor)
			index := slices.IndexFunc(sources, func(one source) bool { return one.minor == number })
			if err != nil || index < 0 {
				fail("extensions.txt: no version 1.%s", minor)
			}
			in |= 1 << index
		}
		rows = append(rows, fmt.Sprintf("%x\t%s", in, rest))
	}
	return rows
}
