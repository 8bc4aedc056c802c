// Command query asks the hub for one subject's records, prints them, and keeps answer and receipt:
//
//	query IDENTITY QUERY.json KEPT.json [SECONDS]
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strconv"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "shuniu/v1"
)

const (
	tries = 3
	least = time.Second // the hub refuses a shorter deadline
)

func main() {
	if len(os.Args) < 4 || len(os.Args) > 5 {
		fmt.Fprintln(os.Stderr, "usage: query IDENTITY QUERY.json KEPT.json [SECONDS]")
		os.Exit(2)
	}
	seconds := 10.0
	if len(os.Args) == 5 {
		seconds, _ = strconv.ParseFloat(os.Args[4], 64)
	}
	err := run(os.Args[1], os.Args[2], os.Args[3], time.Duration(seconds*float64(time.Second)))
	var failure *Failure
	if errors.As(err, &failure) {
		failure.print()
	} else if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil {
		os.Exit(1)
	}
}

func run(folder, queryFile, keptFile string, limit time.Duration) error {
	request := &pb.QueryRequest{}
	text, err := os.ReadFile(queryFile)
	if err != nil {
		return err
	}
	if err := protojson.Unmarshal(text, request); err != nil {
		return err
	}
	hub, err := Connect(folder)
	if err != nil {
		return err
	}
	defer hub.Close()
	answer, trailers, tried, err := askPatiently(hub, request, limit)
	if err != nil {
		return err
	}
	receipt, err := receiptOf(trailers, answer)
	if err != nil {
		return err
	}
	if err := receipt.keep(keptFile); err != nil {
		return err
	}
	return show(answer, receipt, tried)
}

// askPatiently tries again while that is safe and may help, within one deadline for all tries.
func askPatiently(hub *Hub, request *pb.QueryRequest, limit time.Duration) ([]byte, metadata.MD, int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for tried := 1; ; tried++ {
		answer, trailers, err := hub.Query(ctx, request)
		if err == nil {
			return answer, trailers, tried, nil
		}
		failure := failureOf(err)
		failure.Tries = tried
		pause, ok := failure.pause()
		pause += time.Duration(rand.Float64() / 5 * float64(pause))
		deadline, _ := ctx.Deadline()
		if !ok || tried == tries || time.Until(deadline)-pause < least {
			return nil, nil, tried, failure
		}
		time.Sleep(pause)
	}
}

// Receipt names the access on the hub's log. Salt opens the digest there: keep it as secret as the answer.
type Receipt struct {
	Origin string `json:"origin"`
	Index  int64  `json:"index"`
	Leaf   []byte `json:"leaf_hash"`
	Salt   []byte `json:"salt"`
	Answer []byte `json:"answer"`
}

// receiptOf reads the trailers; gRPC has decoded those whose name ends in -bin.
func receiptOf(trailers metadata.MD, answer []byte) (*Receipt, error) {
	first := func(name string) string {
		if values := trailers.Get("shuniu-" + name); len(values) > 0 {
			return values[0]
		}
		return ""
	}
	index, err := strconv.ParseInt(first("log-index"), 10, 64)
	receipt := &Receipt{first("log-origin"), index, []byte(first("log-leaf-bin")), []byte(first("answer-salt-bin")), answer}
	if err != nil || receipt.Origin == "" || len(receipt.Leaf) != 32 || len(receipt.Salt) != 32 {
		return nil, errors.New("the hub answered without a receipt: do not use the answer")
	}
	return receipt, nil
}

// keep writes what `shuniu receipt` compares with the log.
func (r *Receipt) keep(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write(append(text, '\n'))
	return err
}

func show(answer []byte, receipt *Receipt, tried int) error {
	response := &pb.QueryResponse{}
	if err := proto.Unmarshal(answer, response); err != nil {
		return err
	}
	for number, record := range response.Records {
		fmt.Printf("record %d\n", number+1)
		names := make([]string, 0, len(record.Fields))
		for name := range record.Fields {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			kind, value, err := plain(record.Fields[name])
			if err != nil {
				return err
			}
			fmt.Printf("  %s: %s %s\n", name, kind, quoted(value))
		}
	}
	fmt.Printf("masked: %s\n", quoted(append([]string{}, response.MaskedFields...)))
	fmt.Printf("receipt: %s %d %x\n", receipt.Origin, receipt.Index, receipt.Leaf)
	fmt.Printf("tries: %d\n", tried)
	return nil
}

// plain returns the type and the Go value of a shuniu.v1.Value.
func plain(value *pb.Value) (string, interface{}, error) {
	switch kind := value.Kind.(type) {
	case *pb.Value_NullValue:
		return "null_value", nil, nil
	case *pb.Value_StringValue:
		return "string_value", kind.StringValue, nil
	case *pb.Value_Int64Value:
		return "int64_value", strconv.FormatInt(kind.Int64Value, 10), nil // text: readers of JSON may round a number
	case *pb.Value_DoubleValue:
		return "double_value", kind.DoubleValue, nil
	case *pb.Value_BoolValue:
		return "bool_value", kind.BoolValue, nil
	case *pb.Value_BytesValue:
		return "bytes_value", base64.StdEncoding.EncodeToString(kind.BytesValue), nil
	case *pb.Value_DecimalValue:
		return "decimal_value", kind.DecimalValue, nil // plain notation, for example "120.50"
	case *pb.Value_DateValue:
		return "date_value", kind.DateValue, nil // YYYY-MM-DD
	case *pb.Value_TimestampValue:
		return "timestamp_value", kind.TimestampValue.AsTime().Format(time.RFC3339Nano), nil
	default:
		return "", nil, errors.New("a value of a type that these protos do not know")
	}
}

// quoted returns JSON, which escapes control characters: values are somebody else's text.
func quoted(value interface{}) string {
	text, err := json.Marshal(value)
	if err != nil {
		return strconv.Quote(fmt.Sprint(value)) // NaN and the infinities
	}
	return string(text)
}
