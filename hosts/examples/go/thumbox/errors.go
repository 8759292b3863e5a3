package thumbox

import "fmt"

// Error is a call that was answered with an error: the number is for programs, the message for people.
type Error struct {
	// Code is a ThumboxCode of thumbox.h.
	Code    uint32
	Message string
}

// Kind is who must act on an error.
type Kind int

const (
	// CallError is for whoever runs the plugin: codes 1 to 13, such as 10 for a deadline and 13 for too many calls.
	CallError Kind = iota
	// RequestError is for whoever wrote the request: codes 100 to 199.
	RequestError
	// ImageError is for whoever sent the image: codes 200 to 299.
	ImageError
	// LimitError is for whoever set the limit, or sends less: codes 300 to 399.
	LimitError
	// InternalError is for the developers of Thumbox: code 900, a bug.
	InternalError
)

// The codes that this package makes itself.
const (
	codeHeader    = 100
	codeParameter = 101
	codeBug       = 900
)

func (e *Error) Error() string { return fmt.Sprintf("error %d: %s", e.Code, e.Message) }

// Kind says who must act.
func (e *Error) Kind() Kind {
	if kind := Kind(e.Code / 100); kind < InternalError {
		return kind
	}
	return InternalError
}
