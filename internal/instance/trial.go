package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"turnstone"
	"turnstone/internal/pollerconfig"
)

// CheckTrial checks a configuration that a resource of an instance is to be polled with
// once, to try it out, as if it was to be stored. The error is Problems or
// pollerconfig.Problems.
func (s *Instances) CheckTrial(ctx context.Context, in turnstone.Instance, resource, configuration string) error {
	name, err := json.Marshal(resource)
	if err != nil {
		return err
	}
	set, err := pollerconfig.Parse(fmt.Sprintf("{%s:%s}", name, configuration))
	if err != nil {
		return err
	}
	d := s.draft(Input{}, in)
	if err := d.chooseElement(ctx, s.Elements, nil); err != nil || d.el == nil {
		return errors.Join(err, d.problems.err())
	}
	if err := s.serve(ctx, d); err != nil {
		return err
	}
	for _, m := range set.Members {
		for _, problem := range s.checkPolled(d, m) {
			d.problems.add(pollerconfig.Root+"."+m.Resource+".url", "%s", problem)
		}
	}
	return d.problems.err()
}
