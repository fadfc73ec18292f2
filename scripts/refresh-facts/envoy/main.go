// Writes src/stack/envoy/data/messages.bin: the messages of Envoy's configuration in all the versions of sources.go, as
// one table. src/stack/envoy/table.rs reads it and has its form. With -print, the table goes to stdout as text.
package main

import (
	"bytes"
	"compress/flate"
	"flag"
	"os"
)

func main() {
	print := flag.Bool("print", false, "print the table instead of writing it")
	flag.Parse()
	all := newTable()
	for index, from := range sources {
		all.addVersion(index, load(from))
	}
	text := all.text()
	if *print {
		os.Stdout.Write(text)
		return
	}
	var out bytes.Buffer
	writer, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = writer.Write(text)
	}
	if err == nil {
		err = writer.Close()
	}
	if err == nil {
		err = os.WriteFile("../../../src/stack/envoy/data/messages.bin", out.Bytes(), 0o644)
	}
	if err != nil {
		fail("%v", err)
	}
}
