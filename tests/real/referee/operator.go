//go:build !operator_1_37

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/jaegertracing/jaeger-operator/apis/v1"
	"github.com/jaegertracing/jaeger-operator/pkg/autodetect"
	"github.com/jaegertracing/jaeger-operator/pkg/cmd/start"
	"github.com/jaegertracing/jaeger-operator/pkg/inject"
	"github.com/jaegertracing/jaeger-operator/pkg/strategy"
	"github.com/jaegertracing/jaeger-operator/pkg/version"
)

// operator is the release in go.mod. Its binary gets the versions of Jaeger at link time (versions.txt, Makefile);
// tests/real/setup gives the same flags, and configure refuses to run without them.
const operator = "1.65.0"

var questions = map[string]func(json.RawMessage) any{"strategy": strategyOf, "inject": injectionOf}

// sidecar is what deployment_webhook.go does once it has the instance.
func sidecar(jaeger *v1.Jaeger, deployment *appsv1.Deployment, configMaps []corev1.ConfigMap) *appsv1.Deployment {
	maps := inject.GetConfigMapsMatchedEnvFromInDeployment(*deployment, configMaps)
	return inject.Sidecar(jaeger, deployment, inject.WithEnvFromConfigMaps(maps))
}

// configure does what `jaeger-operator start` does before it looks at any resource, on a plain Kubernetes.
func configure() {
	if version.Get().Operator != operator {
		panic("built without the operator's link flags: see tests/real/setup")
	}
	command := &cobra.Command{}
	start.AddFlags(command)
	if err := viper.BindPFlags(command.Flags()); err != nil {
		panic(err)
	}
	viper.Set(v1.ConfigIdentity, "observability.jaeger-operator")
	viper.Set(v1.ConfigWatchNamespace, v1.WatchAllNamespaces)
	viper.Set(v1.FlagCronJobsVersion, v1.FlagCronJobsVersionBatchV1)
	viper.Set(v1.FlagAutoscalingVersion, v1.FlagAutoscalingVersionV2)
	autodetect.OperatorConfiguration.SetPlatform(autodetect.KubernetesPlatform)
	autodetect.OperatorConfiguration.SetESIngration(autodetect.ESOperatorIntegrationNo)
	autodetect.OperatorConfiguration.SetKafkaIntegration(autodetect.KafkaOperatorIntegrationNo)
}

type made struct {
	Refused     string               `json:"refused,omitempty"`
	Strategy    string               `json:"strategy,omitempty"`
	Storage     string               `json:"storage,omitempty"`
	Services    map[string]service   `json:"services,omitempty"`
	Deployments map[string]container `json:"deployments,omitempty"`
}

type service struct {
	Type     string  `json:"type,omitempty"`
	Headless bool    `json:"headless,omitempty"`
	Ports    []int32 `json:"ports"`
	// Runs names the Deployments whose pods it selects.
	Runs []string `json:"runs,omitempty"`
}

type container struct {
	Image string            `json:"image"`
	Args  []string          `json:"args,omitempty"`
	Env   map[string]string `json:"env,omitempty"`
	Ports []int32           `json:"ports,omitempty"`
}

// admitted passes a resource through the operator's own webhooks. Its CRD is not asked: that is the API server's part.
func admitted(text json.RawMessage) (*v1.Jaeger, error) {
	jaeger := &v1.Jaeger{}
	if err := json.Unmarshal(text, jaeger); err != nil {
		return nil, err
	}
	jaeger.Default()
	if _, err := jaeger.ValidateCreate(); err != nil {
		return nil, err
	}
	return jaeger, nil
}

func strategyOf(input json.RawMessage) (answer any) {
	defer func() {
		if why := recover(); why != nil {
			answer = made{Refused: fmt.Sprintf("panic: %v", why)}
		}
	}()
	jaeger, err := admitted(input)
	if err != nil {
		return made{Refused: err.Error()}
	}
	chosen := strategy.For(context.Background(), jaeger)
	out := made{
		Strategy:    string(chosen.Type()),
		Storage:     string(jaeger.Spec.Storage.Type),
		Services:    map[string]service{},
		Deployments: map[string]container{},
	}
	for _, each := range chosen.Deployments() {
		out.Deployments[each.Name] = containerOf(each.Spec.Template.Spec.Containers[0])
	}
	for _, each := range chosen.Services() {
		ports := []int32{}
		for _, port := range each.Spec.Ports {
			ports = append(ports, port.Port)
		}
		var runs []string
		for _, deployment := range chosen.Deployments() {
			if selects(each.Spec.Selector, deployment.Spec.Template.Labels) {
				runs = append(runs, deployment.Name)
			}
		}
		slices.Sort(runs)
		out.Services[each.Name] = service{
			Type: string(each.Spec.Type), Headless: each.Spec.ClusterIP == "None", Ports: ports, Runs: runs,
		}
	}
	return out
}

func containerOf(each corev1.Container) container {
	out := container{Image: each.Image, Args: each.Args, Env: map[string]string{}}
	for _, one := range each.Env {
		if one.ValueFrom == nil {
			out.Env[one.Name] = one.Value
		}
	}
	for _, port := range each.Ports {
		out.Ports = append(out.Ports, port.ContainerPort)
	}
	return out
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}
