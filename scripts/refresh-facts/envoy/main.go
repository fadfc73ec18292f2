// Writes src/stack/envoy/messages/data/messages.bin: the messages of Envoy's configuration in all the versions of
// sources.go, as one table. src/stack/envoy/messages/table.rs reads it and has its form.
//
//	go run .            write it
//	go run . -print     print the table as text
//	go run . -check     fail if the file is not what would be written
package main

import (
	"bytes"
	"compress/flate"
	"flag"
	"io"
	"os"
)

const target = "../../../src/stack/envoy/messages/data/messages.bin"

func main() {
	print := flag.Bool("print", false, "print the table as text")
	check := flag.Bool("check", false, "compare the table with the file that is there")
	flag.Parse()
	all := newTable()
	for index, from := range sources {
		all.addVersion(index, load(from))
	}
	text := all.text()
	switch {
	case *print:
		os.Stdout.Write(text)
	case *check:
		packed, err := os.ReadFile(target)
		if err != nil {
			fail("%v", err)
		}
		there, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
		if err != nil || !bytes.Equal(there, text) {
			fail("messages.bin is not what the modules say: run `just refresh-facts` (%v)", err)
		}
	default:
		write(text)
	}
}

func write(text []byte) {
	var out bytes.Buffer
	writer, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = writer.Write(text)
	}
	if err == nil {
		err = writer.Close()
	}
	if err == nil {
		err = os.WriteFile(target, out.Bytes(), 0o644)
	}
	if err != nil {
		fail("%v", err)
	}
}
