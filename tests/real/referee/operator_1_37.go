//go:build operator_1_37

package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/jaegertracing/jaeger-operator/apis/v1"
	"github.com/jaegertracing/jaeger-operator/pkg/cmd/start"
	"github.com/jaegertracing/jaeger-operator/pkg/inject"
	"github.com/jaegertracing/jaeger-operator/pkg/version"
)

// operator is the release in 1.37.mod; its agents have the version of its Jaeger.
const operator = "1.37.0"

var questions = map[string]func(json.RawMessage) any{"inject": injectionOf}

// sidecar is what deployment_webhook.go does once it has the instance.
func sidecar(jaeger *v1.Jaeger, deployment *appsv1.Deployment, _ []corev1.ConfigMap) *appsv1.Deployment {
	return inject.Sidecar(jaeger, deployment)
}

// configure does what `jaeger-operator start` does before it looks at any Deployment, on a plain Kubernetes.
func configure() {
	if version.Get().Operator != operator {
		panic("built without the operator's link flags: see tests/real/by-hand/referee-1.37.test")
	}
	command := &cobra.Command{}
	start.AddFlags(command)
	if err := viper.BindPFlags(command.Flags()); err != nil {
		panic(err)
	}
	viper.Set(v1.ConfigIdentity, "observability.jaeger-operator")
	viper.Set(v1.ConfigWatchNamespace, v1.WatchAllNamespaces)
	viper.Set("platform", v1.FlagPlatformKubernetes)
}
