package main

import (
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	v1 "github.com/jaegertracing/jaeger-operator/apis/v1"
	"github.com/jaegertracing/jaeger-operator/pkg/inject"
)

type question struct {
	Deployment json.RawMessage  `json:"deployment"`
	Namespace  corev1.Namespace `json:"namespace"`
	Jaegers    []v1.Jaeger      `json:"jaegers"`
	// ConfigMaps are those of the Deployment's namespace; 1.37 does not look at them.
	ConfigMaps []corev1.ConfigMap `json:"configMaps"`
}

type injected struct {
	// Did is "nothing", "injected" or "removed"; Why says what the webhook would answer.
	Did string `json:"did"`
	Why string `json:"why,omitempty"`
	// Deployment is what the webhook hands back, whole: its metadata and its pod template.
	Metadata *metadata               `json:"metadata,omitempty"`
	Template *corev1.PodTemplateSpec `json:"template,omitempty"`
}

type metadata struct {
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// injectionOf follows deployment_webhook.go's Handle, which itself needs a client of a running cluster.
func injectionOf(input json.RawMessage) (answer any) {
	defer func() {
		if why := recover(); why != nil {
			answer = injected{Did: "nothing", Why: fmt.Sprintf("panic: %v", why)}
		}
	}()
	var asked question
	deployment := &appsv1.Deployment{}
	if err := json.Unmarshal(input, &asked); err != nil {
		return injected{Did: "nothing", Why: err.Error()}
	}
	if err := json.Unmarshal(asked.Deployment, deployment); err != nil {
		return injected{Did: "nothing", Why: err.Error()}
	}
	if deployment.Labels["app"] == "jaeger" && deployment.Labels["app.kubernetes.io/component"] != "query" {
		return injected{Did: "nothing", Why: "is jaeger deployment, we do not touch it"}
	}
	jaegers := &v1.JaegerList{Items: asked.Jaegers}
	if inject.Needed(deployment, &asked.Namespace) {
		jaeger := inject.Select(deployment, &asked.Namespace, jaegers)
		if jaeger == nil {
			return injected{Did: "nothing", Why: "no suitable Jaeger instances found to inject a sidecar"}
		}
		before := deployment.DeepCopy()
		deployment = sidecar(jaeger, deployment, asked.ConfigMaps)
		if equality.Semantic.DeepEqual(before, deployment) {
			return injected{Did: "nothing", Why: "the Deployment is handed back as it was"}
		}
		return handedBack("injected", deployment)
	}
	if has, _ := inject.HasJaegerAgent(deployment); has {
		if _, labelled := deployment.Labels[inject.Label]; labelled {
			inject.CleanSidecar(deployment.Labels[inject.Label], deployment)
			return handedBack("removed", deployment)
		}
	}
	return injected{Did: "nothing", Why: "no action needed"}
}

func handedBack(did string, deployment *appsv1.Deployment) injected {
	return injected{
		Did:      did,
		Metadata: &metadata{Labels: deployment.Labels, Annotations: deployment.Annotations},
		Template: &deployment.Spec.Template,
	}
}
