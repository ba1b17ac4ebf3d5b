"""What techniques are made of: shared by several, or the maths of one. No technique is in here."""
