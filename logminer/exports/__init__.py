"""What a study says, written in the forms of other tools: restricted as the study is, anonymised as all that it holds."""
