#!/usr/bin/perl
# curves.pl DIR: makes DIR/*.dat for the plots. Each has blocks, one for each curve or one for each kind of bar: a name, then
# lines of x and y.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use results;

my ($dir) = @ARGV;
my @growing = ('bare 1', 'md 3', 'quorum 3');

# write_curves NAME, [TITLE, POINT...]...
sub write_curves {
	my ($name, @curves) = @_;
	my @blocks = map {
		my ($title, @points) = @$_;
		join "\n", qq("$title"), map { "@$_" } @points;
	} grep { @$_ > 1 } @curves;
	results::write_to("$dir/$name.dat", join "\n\n\n", @blocks) if @blocks;
}

# curve TITLE, ROUND, X, WHAT, OF: of the records that OF accepts; X is a function of them
sub curve {
	my ($title, $round, $x, $what, $of) = @_;
	my @points = map { [$x->($_), $_->{$what}] } grep { $_->{round} eq $round && $of->($_) } @results::records;
	return [$title, sort { $a->[0] <=> $b->[0] } @points];
}

# bars MODE, WHAT, BS, RW: over the bare leg's
sub bars {
	my ($mode, $what, @shape) = @_;
	my ($bs, $rw) = @shape;
	my $bare = results::value($what, $mode, 'brd', 'bare 1', $rw, $bs, 32, 1) or return [$rw];
	return [$rw, map {
		my $value = results::value($what, $mode, 'brd', $_, $rw, $bs, 32, 1);
		defined $value ? [qq("$_"), $value / $bare] : ();
	} results::systems()];
}

sub kib { my ($count, $unit) = $_[0]{bs} =~ /^(\d+)(.)/; return $count * ($unit eq 'm' ? 1024 : 1) }
sub legs { return (split / /, $_[0]{system})[1] }
sub depth { return $_[0]{depth} }

results::load($dir);
for my $bs ('4k', '128k') {
	my @curves;
	for my $system ('md', 'quorum') {
		for my $rw ('randread', 'randwrite') {
			push @curves, curve("$system, $rw", 'legs', \&legs, 'instructions',
				sub { "$_[0]{rw} $_[0]{bs} $_[0]{system}" =~ /^$rw $bs $system / });
		}
	}
	write_curves("legs-$bs", @curves);
	write_curves("icount-$bs", map { bars('icount', 'instructions', $bs, $_) } 'randread', 'randwrite');
	write_curves("wall-$bs", map { bars('wall', 'iops', $bs, $_) } 'randread', 'randwrite');
}
for my $rw ('randread', 'randwrite') {
	my $of = sub { my ($system) = @_; return sub { "$_[0]{rw} $_[0]{system}" eq "$rw $system" } };
	write_curves("block-$rw", map { curve($_, 'block', \&kib, 'instructions', $of->($_)) } @growing);
	write_curves("depth-$rw", map { curve($_, 'depth', \&depth, 'iops', $of->($_)) } @growing);
}
