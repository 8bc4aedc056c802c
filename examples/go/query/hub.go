package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	pb "shuniu/v1"
)

const queryMethod = "/shuniu.v1.ExchangeService/Query"

// Hub is one kept connection to the members' port; safe to share between goroutines.
type Hub struct{ *grpc.ClientConn }

// Connect opens the hub with the folder that `shuniu join` wrote: key, certificate, trust, and where the hub is.
func Connect(folder string) (*Hub, error) {
	credentials, err := identity(folder)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "system.json"))
	if err != nil {
		return nil, err
	}
	var system struct{ Members string }
	if err := json.Unmarshal(text, &system); err != nil {
		return nil, err
	}
	connection, err := grpc.Dial(system.Members, grpc.WithTransportCredentials(credentials),
		// gRPC's own limit is 4 MiB, as long as the longest answer without its frame
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(8<<20)),
		// the hub hangs up on pings less than 5 minutes apart
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 330 * time.Second, Timeout: 20 * time.Second, PermitWithoutStream: true}),
		// gRPC's own pauses between attempts grow to two minutes
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 2 * time.Second,
		}))
	return &Hub{connection}, err
}

func identity(folder string) (credentials.TransportCredentials, error) {
	key := filepath.Join(folder, "key.pem")
	if about, err := os.Stat(key); err != nil || about.Mode().Perm()&0o077 != 0 {
		return nil, errors.New("key.pem is absent, or others may read it: chmod 600")
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "cert.pem"), key)
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		return nil, err
	}
	trusted := x509.NewCertPool() // this CA alone, not those of the machine
	if !trusted.AppendCertsFromPEM(authority) {
		return nil, errors.New("ca.pem holds no certificate")
	}
	return credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: trusted, MinVersion: tls.VersionTLS12}), nil
}

// Query calls once and returns the answer byte for byte as it came: the digest on the log is of these bytes, and to write the message anew may
// order them otherwise.
func (h *Hub) Query(ctx context.Context, request *pb.QueryRequest) ([]byte, metadata.MD, error) {
	var answer []byte
	var trailers metadata.MD
	err := h.Invoke(ctx, queryMethod, request, &answer, grpc.ForceCodec(asItCame{}), grpc.Trailer(&trailers))
	return answer, trailers, err
}

// asItCame writes requests as messages and leaves answers as bytes.
type asItCame struct{}

func (asItCame) Marshal(message interface{}) ([]byte, error) {
	return proto.Marshal(message.(proto.Message))
}

func (asItCame) Unmarshal(data []byte, answer interface{}) error {
	*answer.(*[]byte) = append([]byte(nil), data...) // gRPC uses its buffer again
	return nil
}

func (asItCame) Name() string { return "proto" }
