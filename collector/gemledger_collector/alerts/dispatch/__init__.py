"""From alerts to messages: routed, grouped, muted, and told once; Alertmanager's meanings."""
