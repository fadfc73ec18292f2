// The real kubectl, as its own `cmd/kubectl` starts it. That command's module cannot be installed by `go install`
// (its go.mod has replace directives), so these lines do; go.sum pins every byte.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	command := cmd.NewDefaultKubectlCommand()
	if err := cli.RunNoErrOutput(command); err != nil {
		util.CheckErr(err)
	}
}
