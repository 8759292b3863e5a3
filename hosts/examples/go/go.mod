module thumbox.example/thumbnail

go 1.19
