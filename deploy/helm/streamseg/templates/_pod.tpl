{{- /* What every pod of the chart has: the image, the way to Kafka, and as few rights as can be. */ -}}

{{- define "streamseg.pod" -}}
automountServiceAccountToken: false
# The variables that Kubernetes makes of services named streamseg-… would be unknown settings.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "streamseg.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
# The last lines of the log, which say why it ended, are shown as the pod's reason.
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "streamseg.env" -}}
- {name: STREAMSEG_BOOTSTRAP, value: {{ .Values.kafka.bootstrap | quote }}}
- {name: STREAMSEG_TOPICS_OWNER, value: {{ .Values.topics.owner }}}
{{- with .Values.kafka.security }}
- {name: STREAMSEG_SECURITY_PROTOCOL, value: {{ .protocol }}}
{{- if hasPrefix "SASL" .protocol }}
- {name: STREAMSEG_SASL_MECHANISM, value: {{ .mechanism }}}
{{- if eq .mechanism "OAUTHBEARER" }}
- {name: STREAMSEG_SASL_OAUTH_TOKEN_URL, value: {{ .oauth.tokenUrl | quote }}}
- {name: STREAMSEG_SASL_OAUTH_CLIENT_ID, value: {{ .oauth.clientId | quote }}}
- {name: STREAMSEG_SASL_OAUTH_CLIENT_SECRET_FILE, value: /etc/streamseg/secrets/client-secret}
{{- with .oauth.scope }}
- {name: STREAMSEG_SASL_OAUTH_SCOPE, value: {{ . | quote }}}
{{- end }}
{{- else }}
- {name: STREAMSEG_SASL_USERNAME, value: {{ .username | quote }}}
- {name: STREAMSEG_SASL_PASSWORD_FILE, value: /etc/streamseg/secrets/password}
{{- end }}
{{- end }}
{{- if .ca.secret }}
- {name: STREAMSEG_TLS_CA_FILE, value: /etc/streamseg/secrets/ca.crt}
{{- end }}
{{- if .certificate.secret }}
- {name: STREAMSEG_TLS_CERT_FILE, value: /etc/streamseg/secrets/tls.crt}
- {name: STREAMSEG_TLS_KEY_FILE, value: /etc/streamseg/secrets/tls.key}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: STREAMSEG_{{ $name }}, value: {{ ternary (int64 $value) $value (kindIs "float64" $value) | toString | quote }}}
{{- end }}
{{- end }}

{{- /* Secrets are mounted whole, not by subPath: so a pod sees a renewed one. */ -}}
{{- define "streamseg.secrets" -}}
{{- with .Values.kafka.security }}
{{- if and .password.secret (ne .mechanism "OAUTHBEARER") }}
- secret: {name: {{ .password.secret }}, items: [{key: {{ .password.key }}, path: password}]}
{{- end }}
{{- if and .oauth.clientSecret.secret (eq .mechanism "OAUTHBEARER") }}
- secret: {name: {{ .oauth.clientSecret.secret }}, items: [{key: {{ .oauth.clientSecret.key }}, path: client-secret}]}
{{- end }}
{{- if .ca.secret }}
- secret: {name: {{ .ca.secret }}, items: [{key: {{ .ca.key }}, path: ca.crt}]}
{{- end }}
{{- with .certificate }}
{{- if .secret }}
- secret: {name: {{ .secret }}, items: [{key: {{ .cert }}, path: tls.crt}, {key: {{ .key }}, path: tls.key}]}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
