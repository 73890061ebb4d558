load plots.'/style.inc'
set output 'legs.svg'
set multiplot layout 1,2
set xlabel 'legs'
set ylabel 'instructions of a request'
set yrange [0:*]
set xtics 1
do for [bs in '4k 128k'] {
	set title bs.' requests'
	plot for [i=0:*] 'legs-'.bs.'.dat' index i using 1:2 title columnheader(1)
}
