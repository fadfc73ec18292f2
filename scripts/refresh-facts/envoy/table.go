package main

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
)

// A mask says which versions of `sources` something holds for, by their index.
type mask uint32

// A row is what is said of a message or enum below its name, and in which versions.
type rows map[string]mask

// A table has the messages and enums of all versions by their full names.
type table struct {
	kinds map[string]mask
	enum  map[string]bool
	rows  map[string]rows
	// In the order in which they came up, for rows of a message read in the order of its file.
	order map[string][]string
}

func newTable() *table {
	return &table{map[string]mask{}, map[string]bool{}, map[string]rows{}, map[string][]string{}}
}

func (all *table) row(owner string, version int, cells ...string) {
	row := strings.Join(cells, "\t")
	if all.rows[owner] == nil {
		all.rows[owner] = rows{}
	}
	if all.rows[owner][row] == 0 {
		all.order[owner] = append(all.order[owner], row)
	}
	all.rows[owner][row] |= 1 << version
}

// wanted says whether a message of this package may stand in an Any of Envoy's configuration, or is a root.
func wanted(pkg string) bool {
	old := strings.HasSuffix(pkg, ".v2") || strings.HasSuffix(pkg, ".v2alpha") || strings.Contains(pkg, ".v2alpha.")
	ours := strings.HasPrefix(pkg, "envoy.config.") || strings.HasPrefix(pkg, "envoy.extensions.")
	return ours && !old
}

type declared struct {
	message *descriptorpb.DescriptorProto
	enum    *descriptorpb.EnumDescriptorProto
	file    file
	goName  string
}

func (all *table) addVersion(version int, from files) {
	known := map[string]declared{}
	var queue []string
	for _, file := range from {
		for _, message := range file.MessageType {
			declare(known, file, file.GetPackage(), "", message)
			if wanted(file.GetPackage()) {
				queue = append(queue, file.GetPackage()+"."+message.GetName())
			}
		}
		for _, enum := range file.EnumType {
			known[file.GetPackage()+"."+enum.GetName()] = declared{enum: enum}
		}
	}
	// For rows in the same order on each run.
	sort.Strings(queue)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if all.kinds[name]&(1<<version) != 0 || strings.HasPrefix(name, "google.protobuf.") {
			continue
		}
		all.kinds[name] |= 1 << version
		it, there := known[name]
		switch {
		case it.message != nil:
			queue = append(queue, all.addMessage(version, name, it, known)...)
		case it.enum != nil:
			all.enum[name] = true
			for _, value := range it.enum.Value {
				all.row(name, version, append([]string{"v", value.GetName(), fmt.Sprint(value.GetNumber())}, ofValue(value)...)...)
			}
		case !there:
			fail("1.%d: nothing declares %s", sources[version].minor, name)
		}
	}
}

func declare(known map[string]declared, in file, scope, goScope string, message *descriptorpb.DescriptorProto) {
	name, goName := scope+"."+message.GetName(), goScope+message.GetName()
	known[name] = declared{message: message, file: in, goName: goName}
	for _, nested := range message.NestedType {
		declare(known, in, name, goName+"_", nested)
	}
	for _, enum := range message.EnumType {
		known[name+"."+enum.GetName()] = declared{enum: enum}
	}
}

// addMessage writes a message's rows and gives the types it leads to.
func (all *table) addMessage(version int, name string, it declared, known map[string]declared) []string {
	var next []string
	message := it.message
	for _, field := range message.Field {
		cells := []string{"f", field.GetName()}
		kind, leads := typeOf(field)
		if leads != "" && known[leads].message.GetOptions().GetMapEntry() {
			entry := known[leads].message
			key, _ := typeOf(entry.Field[0])
			value, leadsOn := typeOf(entry.Field[1])
			kind, leads = key+">"+value, leadsOn
		} else if field.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED {
			kind = "*" + kind
		}
		cells = append(cells, kind)
		if field.JsonName != nil && field.GetJsonName() != camel(field.GetName()) {
			cells = append(cells, "json="+field.GetJsonName())
		}
		if field.OneofIndex != nil && !field.GetProto3Optional() {
			cells = append(cells, "oneof="+message.OneofDecl[field.GetOneofIndex()].GetName())
		}
		if category := it.category(field); category != "" && strings.Contains(kind, "m.") {
			cells = append(cells, "category="+category)
		}
		all.row(name, version, append(cells, ofField(field)...)...)
		if leads != "" {
			next = append(next, leads)
		}
	}
	for _, oneof := range message.OneofDecl {
		if oneofRequired(oneof) {
			all.row(name, version, "o", oneof.GetName())
		}
	}
	if unchecked(message) {
		all.row(name, version, "u")
	}
	return next
}

// category is the category of extensions that a field takes, by its own comment or that of its oneof. A member of a
// oneof has a struct of its own in Go.
func (it declared) category(field *descriptorpb.FieldDescriptorProto) string {
	name := field.GetName()
	said := it.file.categories[it.goName+"."+name]
	if said == "" {
		said = it.file.categories[it.goName+"_"+camel("_"+name)+"."+name]
	}
	if said == "" && field.OneofIndex != nil {
		said = it.file.categories[it.goName+"."+it.message.OneofDecl[field.GetOneofIndex()].GetName()]
	}
	if said == "" && strings.HasSuffix(field.GetTypeName(), ".config.core.v3.TransportSocket") {
		// Where the comments forget it: every place but a listener's is towards an upstream, or around any other socket.
		said = map[string]string{"Cluster": "envoy.transport_sockets.upstream"}[it.goName]
	}
	return said
}

// typeOf is a field's type as the table writes it, and the message or enum it leads to.
func typeOf(field *descriptorpb.FieldDescriptorProto) (kind, leads string) {
	name := strings.TrimPrefix(field.GetTypeName(), ".")
	switch field.GetType() {
	case descriptorpb.FieldDescriptorProto_TYPE_ENUM:
		return "e." + name, name
	case descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_GROUP:
		return "m." + name, name
	}
	return strings.ToLower(strings.TrimPrefix(field.GetType().String(), "TYPE_")), ""
}

func camel(name string) string {
	var out []byte
	upper := false
	for _, c := range []byte(name) {
		switch {
		case c == '_':
			upper = true
		case upper && 'a' <= c && c <= 'z':
			out, upper = append(out, c-'a'+'A'), false
		default:
			out, upper = append(out, c), false
		}
	}
	return string(out)
}

// text is the table as src/stack/envoy/messages/table.rs reads it.
func (all *table) text() []byte {
	var out bytes.Buffer
	for _, from := range sources {
		fmt.Fprintf(&out, "s\t%d\t%s@%s", from.minor, from.module, from.version)
		if from.other != "" {
			fmt.Fprintf(&out, " and %s", from.other)
		}
		out.WriteByte('\n')
	}
	for _, row := range extensions() {
		fmt.Fprintf(&out, "x%s\n", row)
	}
	names := make([]string, 0, len(all.kinds))
	for name := range all.kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		letter := "M"
		if all.enum[name] {
			letter = "E"
		}
		fmt.Fprintf(&out, "%s\t%s\t%x\n", letter, name, all.kinds[name])
		for _, row := range all.order[name] {
			first, rest, _ := strings.Cut(row, "\t")
			out.WriteString(first)
			if in := all.rows[name][row]; in != all.kinds[name] {
				fmt.Fprintf(&out, "%x", in)
			}
			if rest != "" {
				out.WriteByte('\t')
				out.WriteString(rest)
			}
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}
