// Argo CD's own config management plugin server, and a client that asks it as the repo-server does.
//
//	argocd-cmp server DIR                        serves the plugin of DIR/plugin.yaml; ARGOCD_PLUGINSOCKFILEPATH says where
//	argocd-cmp ask SOCKET REPOSITORY PATH CALL [NAME=VALUE...]
//
// CALL is `match`, `generate` or `parameters`. The answer is printed as JSON. A failure is printed to stderr, exit code 1.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/argoproj/argo-cd/v3/cmpserver"
	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/cmpserver/plugin"
	"github.com/argoproj/argo-cd/v3/util/cmp"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "server":
		err = serve(os.Args[2])
	case len(os.Args) >= 6 && os.Args[1] == "ask":
		err = ask(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6:])
	default:
		err = fmt.Errorf("usage: argocd-cmp server DIR | argocd-cmp ask SOCKET REPOSITORY PATH match|generate|parameters [NAME=VALUE...]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(dir string) error {
	config, err := plugin.ReadPluginConfig(dir)
	if err != nil {
		return err
	}
	server, err := cmpserver.NewServer(plugin.CMPServerInitConstants{PluginConfig: *config})
	if err != nil {
		return err
	}
	server.Run()
	return nil
}

func ask(socket, repository, path, call string, variables []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	connection, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	client := apiclient.NewConfigManagementPluginServiceClient(connection)
	for _, variable := range variables {
		if !strings.Contains(variable, "=") {
			return fmt.Errorf("%q is not NAME=VALUE", variable)
		}
	}
	var answer any
	switch call {
	case "match":
		stream, err := client.MatchRepository(ctx)
		if err == nil {
			err = cmp.SendRepoStream(ctx, path, repository, stream, variables, nil)
		}
		if err == nil {
			answer, err = stream.CloseAndRecv()
		}
		if err != nil {
			return err
		}
	case "generate":
		stream, err := client.GenerateManifest(ctx)
		if err == nil {
			err = cmp.SendRepoStream(ctx, path, repository, stream, variables, nil)
		}
		if err == nil {
			answer, err = stream.CloseAndRecv()
		}
		if err != nil {
			return err
		}
	case "parameters":
		stream, err := client.GetParametersAnnouncement(ctx)
		if err == nil {
			err = cmp.SendRepoStream(ctx, path, repository, stream, variables, nil)
		}
		if err == nil {
			answer, err = stream.CloseAndRecv()
		}
		if err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown call %q", call)
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}
