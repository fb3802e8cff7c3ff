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
		transformationsEnabled bulkDownloadEnabled bulkUploadEnabled useModelsForMetadata kind metadata`)
}

// unused reports what is in the export and of no use here. It is kept for the export
// back.
func (im *importer) unused() {
	im.src.ForEach(func(name, value gjson.Result) bool {
		key := name.String()
		switch {
		case slices.Contains(decoration(), key) || empty(value):
		case key == "models" || key == "objects" || key == "objectMetadata":
			im.report.add(Note, key, "is kept for exports, and not used: records are passed on as the vendor sends them")
		case key == "defaultTransformations" || key == "transformations":
			im.report.add(Warning, key, "is not applied; define the common resources of your instances with /instances/{id}/objects and /transformations")
		case key == "paginatorVersion" || key == "bulk" || key == "bulkDownload":
		default:
			im.report.add(Note, key, "is not known here, and not used")
		}
		return true
	})
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
