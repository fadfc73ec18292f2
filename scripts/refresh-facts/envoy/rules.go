package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/envoyproxy/go-control-plane/envoy/annotations"
	"github.com/envoyproxy/protoc-gen-validate/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// ofField are a field's rules of protoc-gen-validate and Envoy's annotations, as cells.
func ofField(field *descriptorpb.FieldDescriptorProto) []string {
	options := field.GetOptions()
	if options == nil {
		return nil
	}
	var cells []string
	if proto.HasExtension(options, validate.E_Rules) {
		rules := proto.GetExtension(options, validate.E_Rules).(*validate.FieldRules)
		flatten("", rules.ProtoReflect(), &cells)
		// Range has an order of its own in every build.
		sort.Strings(cells)
	}
	if proto.HasExtension(options, annotations.E_DeprecatedAtMinorVersion) {
		cells = append(cells, "deprecated="+proto.GetExtension(options, annotations.E_DeprecatedAtMinorVersion).(string))
	}
	if proto.HasExtension(options, annotations.E_DisallowedByDefault) && proto.GetExtension(options, annotations.E_DisallowedByDefault).(bool) {
		cells = append(cells, "disallowed=true")
	}
	return cells
}

// ofValue are the annotations of an enum's value.
func ofValue(value *descriptorpb.EnumValueDescriptorProto) []string {
	options := value.GetOptions()
	var cells []string
	if options == nil {
		return nil
	}
	if proto.HasExtension(options, annotations.E_DeprecatedAtMinorVersionEnum) {
		cells = append(cells, "deprecated="+proto.GetExtension(options, annotations.E_DeprecatedAtMinorVersionEnum).(string))
	}
	if proto.HasExtension(options, annotations.E_DisallowedByDefaultEnum) && proto.GetExtension(options, annotations.E_DisallowedByDefaultEnum).(bool) {
		cells = append(cells, "disallowed=true")
	}
	return cells
}

func oneofRequired(oneof *descriptorpb.OneofDescriptorProto) bool {
	options := oneof.GetOptions()
	return options != nil && proto.HasExtension(options, validate.E_Required) && proto.GetExtension(options, validate.E_Required).(bool)
}

// unchecked messages are those whose rules protoc-gen-validate is told to leave alone.
func unchecked(message *descriptorpb.DescriptorProto) bool {
	options := message.GetOptions()
	if options == nil {
		return false
	}
	disabled := proto.HasExtension(options, validate.E_Disabled) && proto.GetExtension(options, validate.E_Disabled).(bool)
	ignored := proto.HasExtension(options, validate.E_Ignored) && proto.GetExtension(options, validate.E_Ignored).(bool)
	return disabled || ignored
}

// flatten writes each rule that is set as `name=value`; rules of items, keys and values have `items.` and so on before it.
func flatten(prefix string, rules protoreflect.Message, cells *[]string) {
	rules.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := string(field.Name())
		switch {
		case field.IsList():
			var items []string
			for at := range value.List().Len() {
				items = append(items, scalar(field, value.List().Get(at)))
			}
			*cells = append(*cells, prefix+name+"="+strings.Join(items, "\x1f"))
		case field.Kind() != protoreflect.MessageKind:
			*cells = append(*cells, prefix+name+"="+scalar(field, value))
		case name == "items" || name == "keys" || name == "values":
			flatten(prefix+name+".", value.Message(), cells)
		case field.Message().FullName() == "google.protobuf.Duration" || field.Message().FullName() == "google.protobuf.Timestamp":
			*cells = append(*cells, prefix+name+"="+scalar(field, value))
		default:
			// The rules of a message itself and those of its type stand side by side: `message.required`, `string.min_len`.
			flatten(prefix, value.Message(), cells)
		}
		return true
	})
}

func scalar(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch field.Kind() {
	case protoreflect.MessageKind:
		message := value.Message()
		part := func(name string) int64 {
			return message.Get(message.Descriptor().Fields().ByName(protoreflect.Name(name))).Int()
		}
		return fmt.Sprint(part("seconds")*1_000_000_000 + part("nanos"))
	case protoreflect.EnumKind:
		return string(field.Enum().Values().ByNumber(value.Enum()).Name())
	case protoreflect.StringKind:
		text := value.String()
		if strings.ContainsAny(text, "\t\n\x1f") {
			fail("a rule holds a tab or the end of a line: %q", text)
		}
		return text
	case protoreflect.BytesKind:
		return fmt.Sprintf("%x", value.Bytes())
	}
	return fmt.Sprint(value.Interface())
}
