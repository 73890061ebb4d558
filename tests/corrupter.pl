#!/usr/bin/perl
# corrupter.pl FILE BYTES: for ever overwrites random blocks of random size among FILE's first BYTES with garbage
use strict;
use warnings;

my ($name, $size) = @ARGV;
open my $file, '+<:raw', $name or die "$name: $!\n";
my $garbage = join '', map { chr int rand 256 } 1 .. 65536;
while (1) {
	my $blocks = 1 + int rand 16;
	sysseek $file, 512 * int(rand($size / 512 - $blocks)), 0 or die "seek: $!\n";
	syswrite $file, substr($garbage, int(rand 32768), 512 * $blocks) or die "write: $!\n";
	select undef, undef, undef, 0.002;
}
