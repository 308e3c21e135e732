{{- define "streamseg.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 }}{{ end }}
{{- end }}

{{- define "streamseg.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: worker
{{- end }}

{{- define "streamseg.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "streamseg.appId" -}}
{{ .Values.settings.APP_ID | default "streamseg" }}
{{- end }}
