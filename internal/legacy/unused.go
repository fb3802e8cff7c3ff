package legacy

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// decoration are members of an export that say nothing about how the vendor is spoken
// to, or that are read.
func decoration() []string {
	return strings.Fields(`id name key description image logo active deleted typeOauth trialAccount trialAccountDescription
	configDescription signupURL hookName extended extendable cloneable beta private hub elementMetadata usage hooks
	authentication configuration resources parameters createdDate updatedDate displayOrder ownerAccountId protocolType
		transformationsEnabled bulkDownloadEnabled bulkUploadEnabled useModelsForMetadata kind metadata
	paginatorVersion bulk bulkDownload`)
}

// lists are members of an export that hold several things.
func lists() []string { return strings.Fields("hooks configuration resources parameters") }

// unused reports what is in the export and of no use here. It is kept for the export
// back.
func (im *importer) unused() {
	im.src.ForEach(func(name, value gjson.Result) bool {
		if !empty(value) {
			im.report.member(name.String(), value)
		}
		return true
	})
}

// member says what becomes of a member of an export that nothing reads.
func (r *Report) member(key string, value gjson.Result) {
	switch {
	case slices.Contains(lists(), key) && !value.IsArray():
		r.add(Error, key, "is no list, and nothing of it was read; write a list, as exports have it")
	case slices.Contains(decoration(), key):
	case key == "models" || key == "objects" || key == "objectMetadata":
		r.add(Note, key, "is kept for exports, and not used: records are passed on as the vendor sends them")
	case key == "defaultTransformations" || key == "transformations":
		r.add(Warning, key, "is not applied; define the common resources of your instances with /instances/{id}/objects and /transformations")
	default:
		r.add(Note, key, "is not known here, and not used")
	}
}

// empty reports whether a value says nothing.
func empty(v gjson.Result) bool {
	switch {
	case v.IsArray():
		return len(v.Array()) == 0
	case v.IsObject():
		return len(v.Map()) == 0
	}
	return v.Type == gjson.Null || v.Type == gjson.False || v.String() == ""
}
