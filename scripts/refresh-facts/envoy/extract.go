package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// Files by their path as protobuf's imports name them.
type files map[string]file

// A file is a descriptor and the categories of extensions that its fields take: by `Struct.field` of the Go source.
type file struct {
	*descriptorpb.FileDescriptorProto
	categories map[string]string
}

// load reads the descriptors of one Envoy: its own and those it imports.
func load(from source) files {
	dir := download(from.module, from.version)
	found := files{}
	if from.module == whole {
		found.add(filepath.Join(dir, "envoy"))
	} else {
		found.add(dir)
	}
	if from.other != "" {
		newer := files{}
		newer.add(filepath.Join(download(from.module, from.other), "envoy"))
		for _, path := range from.files {
			found[path] = newer[path]
		}
	}
	for _, module := range requirements(dir) {
		found.add(download(module[0], module[1]))
	}
	return found
}

// requirements are the modules of `imported` that the go.mod in dir asks for.
func requirements(dir string) [][2]string {
	var mod struct {
		Require []struct{ Path, Version string }
	}
	decode(&mod, "go", "mod", "edit", "-json", filepath.Join(dir, "go.mod"))
	var found [][2]string
	for _, one := range mod.Require {
		for _, path := range imported {
			if one.Path == path {
				found = append(found, [2]string{one.Path, one.Version})
			}
		}
	}
	return found
}

func download(module, version string) string {
	var mod struct{ Dir, Error string }
	decode(&mod, "go", "mod", "download", "-json", module+"@"+version)
	if mod.Error != "" {
		fail("%s", mod.Error)
	}
	return mod.Dir
}

func decode(into any, command ...string) {
	run := exec.Command(command[0], command[1:]...)
	run.Stderr = os.Stderr
	run.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	out, err := run.Output()
	if err != nil && len(out) == 0 {
		fail("%v: %v", command, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		fail("%v: %v", command, err)
	}
}

// add takes the descriptors out of the generated Go files below dir. protoc-gen-go writes each as `file_..._rawDesc`, a
// list of bytes or (from 1.36.6 on) a string; reading them from the source saves compiling hundreds of packages a version.
func (all files) add(dir string) {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".pb.go") && !strings.HasSuffix(path, "vtproto.pb.go") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		fail("%v", err)
	}
	var lock sync.Mutex
	var work sync.WaitGroup
	slots := make(chan struct{}, 4)
	for _, path := range paths {
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				fail("%v", err)
			}
			if raw := rawDescriptor(source); raw != nil {
				read := &descriptorpb.FileDescriptorProto{}
				if err := proto.Unmarshal(raw, read); err != nil {
					fail("%s: %v", path, err)
				}
				lock.Lock()
				defer lock.Unlock()
				if _, there := all[read.GetName()]; !there {
					all[read.GetName()] = file{read, categories(source)}
				}
			}
		})
	}
	work.Wait()
}

var (
	category = regexp.MustCompile(`\[#extension-category: ([\w.]+)\]`)
	// Of a field, or of a oneof, whose comment counts for its members.
	fieldName = regexp.MustCompile(`(?:[",]name=|protobuf_oneof:")(\w+)`)
)

// categories reads the comments of fields, which descriptors in Go lack: `[#extension-category: envoy.tracers]`.
func categories(source *ast.File) map[string]string {
	found := map[string]string{}
	ast.Inspect(source, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range fields.Fields.List {
			if field.Tag == nil {
				continue
			}
			named := fieldName.FindStringSubmatch(field.Tag.Value)
			said := category.FindStringSubmatch(field.Doc.Text())
			if named != nil && said != nil {
				found[spec.Name.Name+"."+named[1]] = said[1]
			}
		}
		return true
	})
	return found
}

func rawDescriptor(source *ast.File) []byte {
	for _, declared := range source.Decls {
		general, ok := declared.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if ok && len(value.Values) == 1 && strings.HasPrefix(value.Names[0].Name, "file_") && strings.HasSuffix(value.Names[0].Name, "_rawDesc") {
				return literal(nil, value.Values[0])
			}
		}
	}
	return nil
}

func literal(out []byte, expression ast.Expr) []byte {
	switch node := expression.(type) {
	case *ast.CompositeLit:
		for _, item := range node.Elts {
			number, err := strconv.ParseUint(item.(*ast.BasicLit).Value, 0, 8)
			if err != nil {
				fail("%v", err)
			}
			out = append(out, byte(number))
		}
		return out
	case *ast.BinaryExpr:
		return literal(literal(out, node.X), node.Y)
	case *ast.BasicLit:
		text, err := strconv.Unquote(node.Value)
		if err != nil {
			fail("%v", err)
		}
		return append(out, text...)
	case *ast.ParenExpr:
		return literal(out, node.X)
	}
	fail("a descriptor is written as %T", expression)
	return nil
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "refresh-facts/envoy: FAILED: "+format+"\n", args...)
	os.Exit(1)
}
