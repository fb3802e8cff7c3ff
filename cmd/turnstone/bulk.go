package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"turnstone/client"
)

// bulkCommand holds the tools for reading whole lists.
type bulkCommand struct {
	Query bulkQueryCommand `cmd:"" help:"Read all records that a query finds, and print them. The service turns the pages, and goes on if this is interrupted."`
}

// bulkQueryCommand carries out a query and fetches the result.
type bulkQueryCommand struct {
	remote
	Query    string `arg:"" help:"The query, such as \"select ID, Name from reports where approvalStatusCode = 'A_APPR'\"."`
	Instance int64  `placeholder:"ID" help:"Number of the instance to ask. Not needed with --element-token."`
	Format   string `default:"json" enum:"json,csv" help:"Form of the records."`
	Output   string `placeholder:"FILE" short:"o" help:"Write to this file instead of standard output." env:"-"`
	Keep     bool   `help:"Keep the result at the service. Without, it is deleted once it was fetched."`
}

// Run carries the query out, and says on standard error how far it is.
func (c *bulkQueryCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		api, err := c.ofInstance(ctx, api)
		if err != nil {
			return err
		}
		job, err := api.BulkQuery(ctx, client.BulkInput{Query: c.Query})
		if err != nil {
			return err
		}
		job, err = api.WaitBulk(ctx, job.ID, func(j client.BulkJob) { fmt.Fprintf(s.err, "bulk job %d: %s\n", j.ID, line(j.StatusMessage)) })
		if err != nil {
			return err
		}
		if job.Status != "COMPLETED" {
			return fmt.Errorf("bulk job %d is %s: %s", job.ID, job.Status, line(job.StatusMessage))
		}
		if err := c.fetch(ctx, api, job, s.out); err != nil || c.Keep {
			return err
		}
		return api.DeleteBulk(ctx, job.ID)
	})
}

// ofInstance returns a client with the token of the instance.
func (c *bulkQueryCommand) ofInstance(ctx context.Context, api *client.Client) (*client.Client, error) {
	switch {
	case c.ElementToken != "":
		return api, nil
	case c.Instance == 0:
		return nil, usageError{errors.New("say which instance to ask with --instance, or set TURNSTONE_ELEMENT_TOKEN")}
	}
	in, err := api.Instance(ctx, c.Instance)
	if err != nil {
		return nil, err
	}
	return c.connect(in.Token)
}

// fetch writes the result.
func (c *bulkQueryCommand) fetch(ctx context.Context, api *client.Client, job client.BulkJob, out io.Writer) (err error) {
	records, err := api.FetchBulk(ctx, job, map[string]string{"json": client.JSON, "csv": client.CSV}[c.Format])
	if err != nil {
		return err
	}
	defer records.Close()
	if c.Output != "" {
		file, err := os.Create(c.Output)
		if err != nil {
			return usageError{err}
		}
		_, err = io.Copy(file, records)
		return errors.Join(err, file.Close())
	}
	_, err = io.Copy(out, records)
	return err
}
