package main

import (
	"fmt"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Failure is what a failed call means: the hub's own reason and texts where it sent them, the status of gRPC otherwise.
type Failure struct {
	Code                                                 codes.Code
	Reason, Message, MessageZh, NextAction, NextActionZh string
	Fields                                               []string
	Facts                                                map[string]string
	Retry                                                *time.Duration // set where waiting helps
	Tries                                                int
}

func (f *Failure) Error() string { return f.Reason + ": " + f.Message }

// failureOf reads the details, which gRPC finds in the trailer grpc-status-details-bin.
func failureOf(err error) *Failure {
	known := status.Convert(err)
	failure := &Failure{Code: known.Code(), Reason: codeName(known.Code()), Message: known.Message(), Fields: []string{}, Facts: map[string]string{}}
	for _, detail := range known.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			failure.read(detail)
		case *errdetails.LocalizedMessage:
			if detail.Locale == "zh-CN" {
				failure.MessageZh = detail.Message
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.FieldViolations {
				failure.Fields = append(failure.Fields, violation.Field)
			}
		case *errdetails.RetryInfo:
			pause := time.Duration(detail.GetRetryDelay().GetSeconds())*time.Second + time.Duration(detail.GetRetryDelay().GetNanos())
			failure.Retry = &pause
		}
	}
	return failure
}

func (f *Failure) read(info *errdetails.ErrorInfo) {
	if info.Domain != "shuniu" {
		return
	}
	f.Reason = info.Reason
	for name, fact := range info.Metadata {
		switch name {
		case "next_action":
			f.NextAction = fact
		case "next_action_zh":
			f.NextActionZh = fact
		default:
			f.Facts[name] = fact
		}
	}
}

// pause returns how long to wait before the next try, and whether one is due.
func (f *Failure) pause() (time.Duration, bool) {
	if f.Retry != nil {
		return *f.Retry, true
	}
	// No connection, and no word of the hub. A Query changes nothing, so it may be sent again; each is an access of its own on the log.
	if f.Reason == "UNAVAILABLE" && f.MessageZh == "" {
		return time.Duration(f.Tries) * 500 * time.Millisecond, true
	}
	return 0, false
}

func (f *Failure) print() {
	for _, line := range []struct {
		name string
		said interface{}
	}{
		{"code", codeName(f.Code)}, {"reason", f.Reason}, {"message", f.Message}, {"messageZh", f.MessageZh},
		{"nextAction", f.NextAction}, {"nextActionZh", f.NextActionZh}, {"fields", f.Fields}, {"facts", f.Facts}, {"tries", f.Tries},
	} {
		fmt.Fprintf(os.Stderr, "%s: %s\n", line.name, quoted(line.said))
	}
	if f.Retry != nil {
		fmt.Fprintf(os.Stderr, "retrySeconds: %g\n", f.Retry.Seconds())
	}
}

// codeName returns the name that the protocol has for a code; Go's own String is spelled otherwise.
func codeName(code codes.Code) string {
	names := []string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}
	if int(code) < len(names) {
		return names[code]
	}
	return code.String()
}
