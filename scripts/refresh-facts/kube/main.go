// Writes src/stack/kube/stored/types.tsv: what the API server makes of an object before it stores it.
//
// The types are those of k8s.io/api, the defaults those that the API server's own scheme writes, asked by giving it objects
// of every kind with everything optional either present or absent; merge keys and keys of list maps come from its OpenAPI.
// Nothing is typed by hand. Defaults that depend on a value, such as imagePullPolicy on the tag, come out as those of a
// bare object; src/stack/kube/stored names them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	_ "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

const module = "k8s.io/kubernetes"

// Types that are one value to everybody.
var scalars = map[reflect.Type]string{
	reflect.TypeOf(resource.Quantity{}):    "q",
	reflect.TypeOf(intstr.IntOrString{}):   "i",
	reflect.TypeOf(metav1.Time{}):          "o",
	reflect.TypeOf(metav1.MicroTime{}):     "o",
	reflect.TypeOf(metav1.Duration{}):      "o",
	reflect.TypeOf(metav1.FieldsV1{}):      "o",
	reflect.TypeOf(runtime.RawExtension{}): "o",
}

type field struct {
	name  string
	index []int
	typ   reflect.Type
}

// The fields of a struct by their names in JSON, with those of embedded structs.
func fields(t reflect.Type) []field {
	var out []field
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" && (f.Anonymous || strings.Contains(rest, "inline")) {
			inner := f.Type
			if inner.Kind() == reflect.Struct {
				for _, g := range fields(inner) {
					g.index = append([]int{i}, g.index...)
					out = append(out, g)
				}
			}
			continue
		}
		if name != "" {
			out = append(out, field{name, []int{i}, f.Type})
		}
	}
	return out
}

// The name of a type, such as core/v1.Container.
func named(t reflect.Type) string {
	path := strings.TrimPrefix(t.PkgPath(), "k8s.io/api/")
	path = strings.TrimPrefix(path, "k8s.io/apimachinery/pkg/apis/")
	path = strings.TrimPrefix(path, "k8s.io/apiextensions-apiserver/pkg/apis/")
	return path + "." + t.Name()
}

// The name of its definition in OpenAPI.
func definition(t reflect.Type) string {
	path := strings.ReplaceAll(strings.TrimPrefix(t.PkgPath(), "k8s.io/"), "/", ".")
	return "io.k8s." + path + "." + t.Name()
}

func base(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// A value with every optional struct present and one item in every list of structs. seen guards recursive types.
func full(v reflect.Value, seen map[reflect.Type]bool) {
	t := v.Type()
	if _, ok := scalars[t]; ok {
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		if base(t).Kind() == reflect.Struct && !seen[t.Elem()] {
			if _, ok := scalars[t.Elem()]; ok {
				return
			}
			v.Set(reflect.New(t.Elem()))
			full(v.Elem(), seen)
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct && !seen[t.Elem()] {
			v.Set(reflect.MakeSlice(t, 1, 1))
			full(v.Index(0), seen)
		}
	case reflect.Struct:
		if seen[t] {
			return
		}
		seen[t] = true
		for _, f := range fields(t) {
			full(v.FieldByIndex(f.index), seen)
		}
		delete(seen, t)
	}
}

type entry struct {
	flags    string
	child    string
	defaults map[string]int
	keys     []string
}

var types = map[string]map[string]*entry{}
var kinds = map[string]string{}
var order = map[string]reflect.Type{}

func collect(t reflect.Type) {
	t = base(t)
	if _, ok := scalars[t]; ok || t.Kind() != reflect.Struct {
		return
	}
	if types[named(t)] != nil {
		return
	}
	all := map[string]*entry{}
	types[named(t)] = all
	order[named(t)] = t
	for _, f := range fields(t) {
		e := &entry{defaults: map[string]int{}}
		u := f.typ
		if u.Kind() == reflect.Pointer {
			e.flags += "p"
			u = u.Elem()
		}
		if u.Kind() == reflect.Slice && u.Elem().Kind() != reflect.Uint8 {
			e.flags += "l"
			u = u.Elem()
		} else if u.Kind() == reflect.Map {
			e.flags += "m"
			u = u.Elem()
		}
		if u.Kind() == reflect.Pointer {
			u = u.Elem()
		}
		if flag, ok := scalars[u]; ok {
			e.flags += flag
		} else if u.Kind() == reflect.Struct {
			e.child = named(u)
			collect(u)
		}
		all[f.name] = e
	}
}

func encode(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// Notes what after has and before has not, by the type that holds it.
func compare(t reflect.Type, before, after any, partial bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice {
		x, _ := before.([]any)
		y, _ := after.([]any)
		for i := range y {
			if i < len(x) {
				compare(t.Elem(), x[i], y[i], partial)
			}
		}
		return
	}
	if _, ok := scalars[t]; ok || t.Kind() != reflect.Struct {
		return
	}
	x, _ := before.(map[string]any)
	y, _ := after.(map[string]any)
	if x == nil || y == nil {
		return
	}
	for _, f := range fields(t) {
		was, had := x[f.name]
		is, has := y[f.name]
		e := types[named(t)][f.name]
		if has && (!had || was == nil || reflect.ValueOf(was).IsZero() && !reflect.DeepEqual(was, is)) {
			text, _ := json.Marshal(is)
			if string(text) != "null" && string(text) != `""` {
				e.defaults[string(text)]++
			}
			continue
		}
		if had && has {
			compare(f.typ, was, is, partial)
		}
	}
}

// Every optional struct and list of a value, each absent once.
func without(v reflect.Value, seen map[reflect.Type]bool, run func()) {
	t := v.Type()
	if _, ok := scalars[t]; ok {
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && base(t).Kind() == reflect.Struct {
			old := v.Interface()
			v.Set(reflect.Zero(t))
			run()
			v.Set(reflect.ValueOf(old))
			without(v.Elem(), seen, run)
		}
	case reflect.Slice:
		if v.Len() > 0 && t.Elem().Kind() == reflect.Struct {
			old := v.Interface()
			v.Set(reflect.Zero(t))
			run()
			v.Set(reflect.ValueOf(old))
			without(v.Index(0), seen, run)
		}
	case reflect.Struct:
		if seen[t] {
			return
		}
		// A type needs to be asked once; where it is does not matter.
		seen[t] = true
		for _, f := range fields(t) {
			without(v.FieldByIndex(f.index), seen, run)
		}
	}
}

func main() {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", module).Output()
	if err != nil {
		panic(err)
	}
	dir, version, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	text, err := os.ReadFile(filepath.Join(dir, "api/openapi-spec/swagger.json"))
	if err != nil {
		panic(err)
	}
	var api struct {
		Definitions map[string]struct {
			Properties map[string]struct {
				Type string   `json:"x-kubernetes-list-type"`
				Keys []string `json:"x-kubernetes-list-map-keys"`
				Key  string   `json:"x-kubernetes-patch-merge-key"`
			} `json:"properties"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(text, &api); err != nil {
		panic(err)
	}
	scheme := legacyscheme.Scheme
	all := scheme.AllKnownTypes()
	var gvks []schema.GroupVersionKind
	for gvk, t := range all {
		_, listed := t.FieldByName("Items")
		_, object := t.FieldByName("ObjectMeta")
		if gvk.Version == runtime.APIVersionInternal || listed || !object || !strings.HasPrefix(t.PkgPath(), "k8s.io/api") {
			continue
		}
		gvks = append(gvks, gvk)
	}
	sort.Slice(gvks, func(i, j int) bool { return gvks[i].String() < gvks[j].String() })
	for _, gvk := range gvks {
		t := all[gvk]
		collect(t)
		group := gvk.Group
		if group != "" {
			group += "/"
		}
		kinds[group+gvk.Version+" "+gvk.Kind] = named(t)
		try := func(obj reflect.Value, partial bool) {
			before := obj.Interface().(runtime.Object)
			after := before.DeepCopyObject()
			func() {
				defer func() {
					if err := recover(); err != nil {
						fmt.Fprintln(os.Stderr, gvk, err)
					}
				}()
				scheme.Default(after)
			}()
			compare(t, encode(before), encode(after), partial)
		}
		obj := reflect.New(t)
		try(obj, true)
		full(obj.Elem(), map[reflect.Type]bool{})
		try(obj, false)
		without(obj.Elem(), map[reflect.Type]bool{}, func() { try(obj, true) })
	}
	for name, t := range order {
		for field, property := range api.Definitions[definition(t)].Properties {
			e := types[name][field]
			if e == nil {
				continue
			}
			switch {
			case property.Type == "map":
				e.keys = property.Keys
			case property.Type == "set":
				e.keys = []string{"="}
			case property.Key != "":
				e.keys = []string{property.Key}
			}
		}
	}
	write(version)
}

func write(version string) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by scripts/refresh-facts/kube from %s %s (Apache-2.0). Do not edit.\n", module, version)
	for _, kind := range sorted(kinds) {
		fmt.Fprintf(&b, "K\t%s\t%s\n", kind, kinds[kind])
	}
	for _, name := range sorted(types) {
		fmt.Fprintf(&b, "T\t%s\n", name)
		for _, field := range sorted(types[name]) {
			e := types[name][field]
			fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\n", field, e.flags, e.child, best(name+"."+field, e.defaults), strings.Join(e.keys, ","))
		}
	}
	fmt.Print(b.String())
}

// The default that a field got most often: a struct with its own defaults before the same in part.
func best(where string, all map[string]int) string {
	if len(all) > 1 {
		fmt.Fprintln(os.Stderr, "several defaults:", where, all)
	}
	var out string
	for _, text := range sorted(all) {
		if out == "" || all[text] > all[out] {
			out = text
		}
	}
	return out
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for key := range m {
		out = append(out, key)
	}
	sort.Strings(out)
	return out
}
