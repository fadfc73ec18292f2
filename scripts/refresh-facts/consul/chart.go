package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// A chart as it is at its tag.
type source struct {
	version string
	values  string
	chart   *chart.Chart
	reading *reading
}

func load(clone, version string) (*source, error) {
	archive, err := exec.Command("git", "-C", clone, "archive", "v"+version, "charts/consul").Output()
	if err != nil {
		return nil, err
	}
	var files []*loader.BufferedFile
	templates := map[string]string{}
	found := &source{version: version}
	for reader := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(header.Name, "charts/consul/")
		short, isTemplate := strings.CutPrefix(name, "templates/")
		switch {
		case header.Typeflag != tar.TypeReg || strings.HasPrefix(name, "test/"):
			continue
		case name == "values.yaml":
			found.values = string(data)
		case isTemplate && short != "NOTES.txt":
			templates[short] = string(data)
		}
		// Definitions depend on two or three keys, which other templates read too, and take most of the time.
		if !strings.HasPrefix(short, "crd-") && !strings.HasPrefix(short, "consul-crd-") {
			files = append(files, &loader.BufferedFile{Name: name, Data: data})
		}
	}
	if found.chart, err = loader.LoadFiles(files); err != nil {
		return nil, err
	}
	found.reading, err = read(templates)
	return found, err
}

func quote(text string) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return strings.TrimSpace(buffer.String())
}
