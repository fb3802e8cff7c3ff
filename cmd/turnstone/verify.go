package main

import (
	"bytes"
	"errors"
	"fmt"

	"turnstone/webhook"
)

// verifyCommand checks a captured callback body.
type verifyCommand struct {
	Key       string `required:"" placeholder:"KEY" help:"The instance's event.notification.signature.key."`
	Signature string `required:"" placeholder:"sha256=…" help:"Value of the Elements-Webhook-Signature header."`
	File      string `arg:"" help:"File that holds the body exactly as received; - reads standard input."`
}

// Run says whether the signature is right, and fails if it is not.
func (c *verifyCommand) Run(s streams) error {
	body, err := readFile(s.in, c.File)
	if err != nil {
		return usageError{err}
	}
	if err := webhook.Verify(c.Signature, body, c.Key); err != nil {
		// Editors and echo add what a callback body does not end with.
		if bare := bytes.TrimRight(body, "\r\n"); webhook.Verify(c.Signature, bare, c.Key) == nil {
			return errors.New("the signature is right for the body without the newline at its end: was that added when the body was saved?")
		}
		return fmt.Errorf("%w: it was made with another key, or the body is not the one received, byte for byte", err)
	}
	fmt.Fprintln(s.out, "the signature is right")
	return nil
}
