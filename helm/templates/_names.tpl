{{/* Names and labels, and what several objects share. */}}

{{- define "isoloir.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "isoloir.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "isoloir.labels" -}}
{{ include "isoloir.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "isoloir.claim" -}}
{{ .Values.persistence.existingClaim | default (printf "%s-data" (include "isoloir.name" .)) }}
{{- end }}

{{/* The port of the directory, from its URL. */}}
{{- define "isoloir.ldapPort" -}}
{{- $url := urlParse .Values.directory.ldap.url -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{ $port | default (ternary "636" "389" (eq $url.scheme "ldaps")) }}
{{- end }}
