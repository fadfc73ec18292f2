// Command judge asks the Validate of consul-k8s, into whose source it is put (../consul-k8s.test), about custom resources:
// a JSON list on stdin. It prints what Validate says of each, null where it has nothing against it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/consul-k8s/control-plane/api/common"
	v1 "github.com/hashicorp/consul-k8s/control-plane/api/v1alpha1"
)

func of(kind string) common.ConfigEntryResource {
	switch kind {
	case "ProxyDefaults":
		return &v1.ProxyDefaults{}
	case "ServiceDefaults":
		return &v1.ServiceDefaults{}
	case "IngressGateway":
		return &v1.IngressGateway{}
	case "ServiceIntentions":
		return &v1.ServiceIntentions{}
	case "ServiceRouter":
		return &v1.ServiceRouter{}
	case "ServiceSplitter":
		return &v1.ServiceSplitter{}
	case "ServiceResolver":
		return &v1.ServiceResolver{}
	case "Mesh":
		return &v1.Mesh{}
	case "ExportedServices":
		return &v1.ExportedServices{}
	case "TerminatingGateway":
		return &v1.TerminatingGateway{}
	}
	panic("no kind " + kind)
}

func ask(input json.RawMessage) (said any) {
	defer func() {
		if why := recover(); why != nil {
			said = fmt.Sprintf("panic: %v", why)
		}
	}()
	var head struct{ Kind string }
	if err := json.Unmarshal(input, &head); err != nil {
		return err.Error()
	}
	entry := of(head.Kind)
	if err := json.Unmarshal(input, entry); err != nil {
		return "decode: " + err.Error()
	}
	// As the webhook of an open-source Consul without mirroring does.
	meta := common.ConsulMeta{}
	entry.DefaultNamespaceFields(meta)
	if err := entry.Validate(meta); err != nil {
		return err.Error()
	}
	return nil
}

func main() {
	var inputs []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&inputs); err != nil {
		panic(err)
	}
	answers := []any{}
	for _, input := range inputs {
		answers = append(answers, ask(input))
	}
	_ = json.NewEncoder(os.Stdout).Encode(answers)
}
